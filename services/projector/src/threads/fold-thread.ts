/**
 * Worker thread that folds: its parent says what to fold, and the thread requests the streams of
 * the log that it needs. Bundled by {@link openFoldThreads}.
 */

import { parentPort } from 'node:worker_threads';
import { unpack } from '@touchstone/event-store/packed-events';
import { type FoldSession, foldInProcess, type LoggedEvent, RangeFault, type Streams } from '@touchstone/projection';
import { type Batch, blocksOf } from '@touchstone/read-models/encoding';
import { giveWay } from '@touchstone/threads/give-way';
import { Mutex } from 'async-mutex';
import type { FromThread, ToThread } from './messages.ts';

// Lowers the thread's priority, so that publishing and queries come first; rows may be a little
// later.
giveWay();
const port = parentPort!;
const sessions = new Map<number, { readonly session: FoldSession; readonly turns: Mutex }>();

type Pages = (readonly LoggedEvent[])[];

interface Reading {
  /** Pages received so far, for each requested stream. */
  readonly pages: readonly Pages[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}
const readings = new Map<number, Reading>();
let lastReading = 0;

function tell(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer as ArrayBuffer[]);
}

interface Asked {
  readonly stream: string;
  readonly upTo: bigint | undefined;
  readonly resolve: (pages: Pages) => void;
  readonly reject: (error: Error) => void;
}

/** Sends all requests of one turn of the event loop as one message. */
function streamsOf(fold: number): Streams {
  let waiting: Asked[] = [];
  function send(): void {
    const asked = waiting;
    waiting = [];
    const reading = ++lastReading;
    const pages = asked.map((): Pages => []);
    readings.set(reading, {
      pages,
      resolve: () => asked.forEach((one, i) => void one.resolve(pages[i]!)),
      reject: (error) => asked.forEach((one) => void one.reject(error)),
    });
    tell({ kind: 'read', fold, reading, asked: asked.map(({ stream, upTo }) => ({ stream, upTo })) });
  }
  return {
    async *streamPages(stream, { upTo } = {}) {
      yield* await new Promise<Pages>((resolve, reject) => {
        if (waiting.push({ stream, upTo, resolve, reject }) === 1) queueMicrotask(send);
      });
    },
  };
}

/** Each session does one thing after the other; after a failure it folds nothing more. */
function inTurn(fold: number, work: (session: FoldSession) => Promise<void>): void {
  const entry = sessions.get(fold);
  if (entry === undefined) return;
  void entry.turns.runExclusive(async () => {
    try {
      if (sessions.has(fold)) await work(entry.session);
    } catch (error) {
      sessions.delete(fold);
      tell({ kind: 'failed', fold, error: error as Error, isRangeFault: error instanceof RangeFault });
    }
  });
}

/** These buffers are transferred, not copied. */
function buffersOf(batch: Batch): ArrayBuffer[] {
  return blocksOf(batch).flatMap(({ bytes }) => bytes.map(({ buffer }) => buffer as ArrayBuffer));
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'start': {
      const { fold, ...options } = message;
      sessions.set(fold, { session: foldInProcess(options, streamsOf(fold)), turns: new Mutex() });
      break;
    }
    case 'take': {
      const { fold, events } = message;
      inTurn(fold, async (session) => {
        await session.take(unpack(events));
        tell({ kind: 'taken', fold });
      });
      break;
    }
    case 'finish': {
      const { fold, upTo } = message;
      inTurn(fold, async (session) => {
        const folded = await session.finish(upTo);
        tell({ kind: 'finished', fold, folded }, buffersOf(folded.batch));
      });
      break;
    }
    case 'page':
      readings.get(message.reading)?.pages[message.at]?.push(unpack(message.events));
      break;
    case 'read':
      readings.get(message.reading)?.resolve();
      readings.delete(message.reading);
      break;
    case 'unreadable':
      readings.get(message.reading)?.reject(message.error);
      readings.delete(message.reading);
      break;
    case 'close':
      sessions.delete(message.fold);
      break;
    case 'end':
      port.close();
      break;
  }
});
