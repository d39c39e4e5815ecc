import type { Worker } from 'node:worker_threads';
import type { StoredEvent } from '@touchstone/event-store';
import { pack } from '@touchstone/event-store/packed-events';
import { NoTurn } from '@touchstone/runtime/turns';
import { prepareThread, startThread } from '@touchstone/threads';
import { BrokenFold, type Folded } from './fold-stored.ts';
import type { FromThread, ToThread } from './messages.ts';

/** Young generation large enough for the pages that wait and the objects made of them, MB. */
const YOUNG_GENERATION_MB = 32;
/** Pages sent ahead to the thread, so that it never waits for the reader. */
const PAGES_AHEAD = 2;

export interface FoldingThread {
  /**
   * Fold these pages as `begin` says; one fold at a time. Throws `NoTurn` when `signal` aborts the
   * fold, {@link BrokenFold}, what the fold or the pages throw, and an error if the thread has
   * exited.
   */
  fold(
    begin: Omit<Begin, 'kind' | 'fold'>,
    pages: AsyncIterable<readonly StoredEvent[]>,
    signal?: AbortSignal,
  ): Promise<Folded<unknown>>;
  stop(): Promise<void>;
}

type Begin = Extract<ToThread, { readonly kind: 'begin' }>;

interface Waiting {
  readonly onTaken: () => void;
  readonly onFinished: (folded: Folded<unknown>) => void;
  readonly onFailed: (error: Error) => void;
}

const FILE = new URL('./customer-fold-thread.ts', import.meta.url);

export function prepareFoldingThread(): void {
  prepareThread(FILE);
}

/** Start a worker that keeps the process alive only while it folds. */
export function startFoldingThread(onGone: () => void): FoldingThread {
  const worker = startThread(FILE, {
    name: 'customer-fold',
    youngGenerationMb: YOUNG_GENERATION_MB,
  });
  worker.unref();
  let waiting: Waiting | undefined;
  let last = 0;
  worker.once('error', (error: Error) => waiting?.onFailed(error));
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      onGone();
      waiting?.onFailed(new Error(`the thread that folds single customers ended (${code})`));
      resolve();
    });
  });
  worker.on('message', (message: FromThread) => {
    // Ignores late answers of a fold that was given up.
    if (message.fold !== last) return;
    if (message.kind === 'taken') waiting?.onTaken();
    else if (message.kind === 'finished') waiting?.onFinished(message.folded);
    else waiting?.onFailed(message.position === null ? message.error : new BrokenFold(message.position, message.error));
  });
  return {
    async fold(begin, pages, signal) {
      worker.ref();
      try {
        return await foldOn(worker, { ...begin, fold: ++last }, givenUpBy(signal, pages), (next) => {
          waiting = next;
        });
      } finally {
        waiting = undefined;
        worker.unref();
      }
    },
    stop: () => {
      worker.postMessage({ kind: 'end' } satisfies ToThread);
      worker.ref();
      return ended;
    },
  };
}

async function foldOn(
  worker: Worker,
  begin: Omit<Begin, 'kind'>,
  pages: AsyncIterable<readonly StoredEvent[]>,
  wait: (waiting: Waiting) => void,
): Promise<Folded<unknown>> {
  const post = (message: ToThread) => worker.postMessage(message);
  const { fold } = begin;
  let ahead = 0;
  let goOn = () => {};
  const finished = new Promise<Folded<unknown>>((resolve, reject) => {
    wait({
      onTaken() {
        ahead--;
        goOn();
      },
      onFinished: resolve,
      onFailed(error) {
        reject(error);
        goOn();
      },
    });
  });
  let failure: { readonly error: unknown } | undefined;
  finished.catch((error: unknown) => {
    failure = { error };
  });
  post({ kind: 'begin', ...begin });
  for await (const page of pages) {
    if (failure !== undefined) throw failure.error;
    post({ kind: 'take', fold, events: pack(page) });
    if (++ahead < PAGES_AHEAD) continue;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
  }
  post({ kind: 'finish', fold });
  return finished;
}

async function* givenUpBy<Page>(signal: AbortSignal | undefined, pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  for await (const page of pages) {
    if (signal?.aborted) throw new NoTurn('left');
    yield page;
  }
}
