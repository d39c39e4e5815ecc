import { isCorrupt, type LogReader } from '../log-reader.ts';
import type { StoredEvent } from '../port.ts';
import type { LogDifference } from './log-difference.ts';

/** Events read at once; where that fails, they are read one by one. */
const PAGE_EVENTS = 500n;

/**
 * Reads every readable event in `(after, upTo]`, and reports lost and unreadable ones to
 * `onUnreadable`.
 */
export async function* readablePages(
  reader: Pick<LogReader, 'readAll'>,
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
  onUnreadable: (difference: LogDifference) => void,
): AsyncIterable<readonly StoredEvent[]> {
  let reached = after;
  while (reached < upTo) {
    try {
      for await (const page of reader.readAll({ after: reached, upTo, pageSize: Number(PAGE_EVENTS) })) {
        yield page;
        reached = page.at(-1)!.position;
      }
      return;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
    const end = reached + PAGE_EVENTS < upTo ? reached + PAGE_EVENTS : upTo;
    yield* oneByOne(reader, reached, end, onUnreadable);
    reached = end;
  }
}

async function* oneByOne(
  reader: Pick<LogReader, 'readAll'>,
  after: bigint,
  upTo: bigint,
  onUnreadable: (difference: LogDifference) => void,
): AsyncIterable<readonly StoredEvent[]> {
  let lost: { readonly first: bigint; count: bigint } | undefined;
  const tell = () => {
    if (lost !== undefined) onUnreadable(unreadable(lost.first, lost.count));
    lost = undefined;
  };
  for (let position = after + 1n; position <= upTo; position++) {
    try {
      for await (const page of reader.readAll({ after: position - 1n, upTo: position, pageSize: 1 })) {
        tell();
        yield page;
      }
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      lost ??= { first: position, count: 0n };
      lost.count += 1n;
    }
  }
  tell();
}

function unreadable(first: bigint, count: bigint): LogDifference {
  const which = count === 1n ? 'no event can be read here' : `no event can be read from here to ${first + count - 1n}`;
  return { position: first, stream: null, field: 'event', what: which };
}
