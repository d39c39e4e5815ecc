import { pack } from '@touchstone/event-store/packed-events';
import {
  earlier,
  type FoldedBatch,
  type FoldSession,
  type FoldSessionOptions,
  type LoggedEvent,
  RangeFault,
  type StartFold,
  type Streams,
} from '@touchstone/projection';
import { mergeBatches, sumOfChanges } from '@touchstone/read-models/encoding';
import { startThread } from '@touchstone/threads';
import type { FromThread, ToThread } from './messages.ts';

export interface FoldThreads {
  /** Shards the fold by customer: each customer belongs to one thread. */
  readonly startFold: StartFold;
  close(): Promise<void>;
}

/** Slices queued per thread, so that it never waits for the reader. */
const SLICES_AHEAD = 4;

/**
 * Size of V8's young generation (it makes three spaces of it). Rows and states of one slice fit, so
 * that short-lived objects are never promoted.
 */
const YOUNG_GENERATION_MB = 96;

/**
 * Number of fold threads for this many cores. Folding is most of the work, and reading and writing
 * leave every core time for it; more threads would only wait for the tables.
 */
export function foldThreadsOf(cores: number): number {
  return Math.min(4, cores);
}

interface Thread {
  readonly post: (message: ToThread) => void;
  readonly sessions: Map<number, Shard>;
  readonly stop: () => Promise<void>;
}

/** The part of a session that one thread folds. */
interface Shard {
  readonly streams: Streams;
  readonly onTaken: () => void;
  readonly onFinished: (folded: FoldedBatch) => void;
  readonly onFailed: (error: Error) => void;
}

/**
 * Starts threads that fold, while this one reads the log and writes the tables; a thread that dies
 * fails its sessions and is replaced when the next session starts. Live events are folded on half
 * of the threads, which suffices for them and leaves cores free for queries.
 */
export function openFoldThreads(count: number): FoldThreads {
  const threads: (Thread | undefined)[] = Array.from({ length: count });
  let lastFold = 0;

  function threadAt(index: number): Thread {
    threads[index] ??= startFoldThread(() => {
      threads[index] = undefined;
    });
    return threads[index];
  }

  return {
    startFold(options, streams) {
      const fold = ++lastFold;
      const used = options.isLive === true ? Math.ceil(count / 2) : count;
      const shardOptions = {
        ...options,
        customersMax: options.customersMax && Math.ceil(options.customersMax / used),
      };
      const shards = Array.from({ length: used }, (_, index) =>
        startShard(threadAt(index), fold, shardOptions, streams),
      );
      return shards.length === 1 ? shards[0]! : overShards(shards);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread?.stop()));
    },
  };
}

function overShards(shards: readonly FoldSession[]): FoldSession {
  return {
    async take(events) {
      const parts: LoggedEvent[][] = shards.map(() => []);
      for (const event of events) parts[shardOf(event.stream, shards.length)]!.push(event);
      await Promise.all(parts.map((part, i) => (part.length === 0 ? undefined : shards[i]!.take(part))));
    },
    async finish(upTo) {
      const all = await Promise.all(shards.map((shard) => shard.finish(upTo)));
      return {
        batch: mergeBatches(all.map(({ batch }) => batch)),
        isEmpty: all.every(({ isEmpty }) => isEmpty),
        announcements: all.flatMap(({ announcements }) => announcements),
        nextDueAt: all.map(({ nextDueAt }) => nextDueAt).reduce(earlier),
        untoldAt: all.map(({ untoldAt }) => untoldAt).reduce(earlier),
        parked: all.flatMap(({ parked }) => parked),
        retried: all.flatMap(({ retried }) => retried),
        proof: sumOfChanges(all.map(({ proof }) => proof)),
        forgotten: all.flatMap(({ forgotten }) => forgotten),
      };
    },
    close: () => {
      for (const shard of shards) shard.close();
    },
  };
}

/**
 * Hashes the part after the first dash, so that a customer's events and announcements go to the
 * same thread.
 */
function shardOf(stream: string, shards: number): number {
  let hash = 0;
  for (let i = stream.indexOf('-') + 1; i < stream.length; i++) hash = (Math.imul(hash, 31) + stream.charCodeAt(i)) | 0;
  return (hash >>> 0) % shards;
}

function startShard(thread: Thread, fold: number, options: FoldSessionOptions, streams: Streams): FoldSession {
  let failure: Error | undefined;
  let ahead = 0;
  const takers: Waiting<void>[] = [];
  const finishers: Waiting<FoldedBatch>[] = [];
  const shard: Shard = {
    streams,
    onTaken() {
      ahead--;
      takers.shift()?.resolve();
    },
    onFinished: (folded) => finishers.shift()?.resolve(folded),
    onFailed(error) {
      failure = error;
      for (const { reject } of [...takers.splice(0), ...finishers.splice(0)]) reject(error);
    },
  };
  thread.sessions.set(fold, shard);
  const { measures, after, parked, customersMax, condemned } = options;
  thread.post({ kind: 'start', fold, measures, after, parked, customersMax, condemned });
  return {
    take(events) {
      if (failure !== undefined) return Promise.reject(failure);
      thread.post({ kind: 'take', fold, events: pack(events) });
      if (++ahead < SLICES_AHEAD) return Promise.resolve();
      return new Promise((resolve, reject) => takers.push({ resolve, reject }));
    },
    finish(upTo) {
      if (failure !== undefined) return Promise.reject(failure);
      thread.post({ kind: 'finish', fold, upTo });
      return new Promise((resolve, reject) => finishers.push({ resolve, reject }));
    },
    close() {
      thread.sessions.delete(fold);
      thread.post({ kind: 'close', fold });
      shard.onFailed(new Error('the session was closed'));
    },
  };
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

function startFoldThread(onGone: () => void): Thread {
  const worker = startThread(new URL('./fold-thread.ts', import.meta.url), {
    name: 'fold',
    youngGenerationMb: YOUNG_GENERATION_MB,
  });
  const sessions = new Map<number, Shard>();
  const fail = (error: Error) => {
    onGone();
    for (const shard of sessions.values()) shard.onFailed(error);
    sessions.clear();
  };
  worker.on('error', fail);
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', (code) => {
      fail(new Error(`the thread that folds ended (${code})`));
      resolve();
    });
  });
  const post = (message: ToThread) => worker.postMessage(message);
  worker.on('message', (message: FromThread) => {
    const shard = sessions.get(message.fold);
    if (shard === undefined) return;
    switch (message.kind) {
      case 'taken':
        shard.onTaken();
        break;
      case 'finished':
        shard.onFinished(message.folded);
        break;
      case 'failed':
        sessions.delete(message.fold);
        shard.onFailed(
          message.isRangeFault ? new RangeFault(message.error.message, { cause: message.error }) : message.error,
        );
        break;
      case 'read':
        void answerReading(shard.streams, message, post);
        break;
    }
  });
  return {
    post,
    sessions,
    stop: () => {
      post({ kind: 'end' });
      return ended;
    },
  };
}

async function answerReading(
  streams: Streams,
  { reading, asked }: Extract<FromThread, { kind: 'read' }>,
  post: (message: ToThread) => void,
): Promise<void> {
  try {
    const read = async ({ stream, upTo }: (typeof asked)[number], at: number) => {
      for await (const page of streams.streamPages(stream, { upTo })) {
        post({ kind: 'page', reading, at, events: pack(page) });
      }
    };
    await Promise.all(asked.map(read));
    post({ kind: 'read', reading });
  } catch (error) {
    post({ kind: 'unreadable', reading, error: error as Error });
  }
}
