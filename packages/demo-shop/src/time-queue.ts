/**
 * Priority queue of planned events, earliest first, in order of planning within one instant. A
 * binary heap.
 */
export interface TimeQueue<Entry> {
  push(at: number, entry: Entry): void;
  pop(): { readonly at: number; readonly entry: Entry } | undefined;
}

interface Node<Entry> {
  readonly at: number;
  readonly ordinal: number;
  readonly entry: Entry;
}

export function timeQueue<Entry>(): TimeQueue<Entry> {
  const heap: Node<Entry>[] = [];
  let planned = 0;
  const before = (a: Node<Entry>, b: Node<Entry>) => a.at < b.at || (a.at === b.at && a.ordinal < b.ordinal);

  function siftUp(from: number): void {
    const node = heap[from]!;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(node, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = node;
  }

  function siftDown(): void {
    const node = heap[0]!;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, node)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = node;
  }

  return {
    push(at, entry) {
      heap.push({ at, ordinal: planned++, entry });
      siftUp(heap.length - 1);
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (heap.length > 0) {
        heap[0] = last;
        siftDown();
      }
      return first;
    },
  };
}
