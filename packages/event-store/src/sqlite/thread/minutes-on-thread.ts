import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { startThread } from '@touchstone/threads';
import { checkSpan } from '../../minute-counts.ts';
import type { EventStore } from '../../port.ts';
import { closed } from '../failure.ts';
import {
  type FromMinutesThread,
  type MinutesThreadData,
  type PackedMinutes,
  type ToMinutesThread,
  unpackError,
  unpackMinutes,
} from './messages.ts';

/** Young generation large enough for the rows of a minute of many sources, MB. */
const YOUNG_GENERATION_MB = 16;

export interface MinutesOnThread {
  readonly countMinutes: EventStore['countMinutes'];
  /** Aborts the counts under way. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (result: PackedMinutes) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Counts minutes on a low-priority worker, over a connection that only reads, so that neither
 * publishers nor readers wait for a count. The first count starts the worker.
 */
export function minutesOnThread(data: MinutesThreadData): MinutesOnThread {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let started: Worker | undefined;
  let isClosed = false;

  function start(): Worker {
    const worker = startThread(new URL('./minutes-thread.ts', import.meta.url), {
      name: 'minutes',
      data,
      youngGenerationMb: YOUNG_GENERATION_MB,
    });
    worker.on('message', (answer: FromMinutesThread) => {
      const one = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('failure' in answer) one?.reject(unpackError(answer.failure));
      else one?.resolve(answer.result);
      // The worker keeps the process alive only while a caller waits for it.
      if (waiting.size === 0) worker.unref();
    });
    return worker;
  }
  const send = (message: ToMinutesThread) => started!.postMessage(message);

  return {
    async countMinutes({ signal, ...span }) {
      if (isClosed) throw closed(data.file);
      checkSpan(span);
      signal?.throwIfAborted();
      started ??= start();
      started.ref();
      const id = ++lastId;
      const giveUp = () => send({ kind: 'give up', id });
      signal?.addEventListener('abort', giveUp);
      try {
        const packed = await new Promise<PackedMinutes>((resolve, reject) => {
          waiting.set(id, { resolve, reject });
          send({ kind: 'count', id, span });
        });
        return await unpackMinutes(packed);
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      } finally {
        signal?.removeEventListener('abort', giveUp);
      }
    },
    async close() {
      isClosed = true;
      if (started === undefined) return;
      started.ref();
      const ended = once(started, 'exit');
      send({ kind: 'close' });
      await ended;
      for (const { reject } of waiting.values()) reject(closed(data.file));
    },
  };
}
