import type { Worker } from 'node:worker_threads';
import { startThread } from '@touchstone/threads';
import type { AppendResult, EventStore } from '../../port.ts';
import { closed } from '../failure.ts';
import { knownState, type LogState, type SqliteLog } from '../log.ts';
import { prepareReader } from '../schema.ts';
import { heldStore, type SqliteEventStoreOptions } from '../sqlite-event-store.ts';
import {
  type Append,
  type FromLogThread,
  type PlainMethod,
  packAppends,
  type ThreadData,
  type ToLogThread,
  unpackError,
  unpackOutcomes,
} from './messages.ts';
import { minutesOnThread } from './minutes-on-thread.ts';

/** Young generation large enough for the events of a few transactions, MB. */
const YOUNG_GENERATION_MB = 48;

/**
 * Like `sqliteEventStore`, but a worker writes the file, so that the caller goes on while a
 * transaction is made and flushed. The caller's thread reads events through a second connection
 * that never writes, and a third thread counts minutes, see {@link minutesOnThread}.
 */
export async function sqliteEventStoreOnThread(options: Omit<SqliteEventStoreOptions, 'now'>): Promise<EventStore> {
  const { file, runEvents } = options;
  return heldStore(options, async (driver) => {
    const log = await openThreadedLog({ file, driver: driver.name, runEvents });
    try {
      // Opened after the worker has recovered what a kill left, and closed before the worker's
      // connection, which checkpoints last.
      const reader = driver.open(file);
      prepareReader(reader);
      const minutes = minutesOnThread({ file, driver: driver.name });
      const close = async () => {
        reader.close();
        await minutes.close();
        await log.close();
      };
      return { log: { ...log, close }, reader, countMinutes: () => minutes.countMinutes };
    } catch (error) {
      await log.close();
      throw error;
    }
  });
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly isAppend: boolean;
}

/** Throws the error of opening the file in the worker. */
async function openThreadedLog(data: ThreadData): Promise<SqliteLog> {
  const worker = startThread(new URL('./log-thread.ts', import.meta.url), {
    name: 'log',
    data,
    youngGenerationMb: YOUNG_GENERATION_MB,
  });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const state = await new Promise<LogState>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (message: FromLogThread) => {
      if (message.kind === 'opened') resolve(message.state);
      else if (message.kind === 'refused') reject(unpackError(message.failure));
    });
  });
  // Unexpected errors of the worker now end the process, as they would on this thread.
  worker.removeAllListeners('error');
  return logOf(worker, ended, data.file, state);
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
function logOf(worker: Worker, ended: Promise<void>, file: string, atFirst: LogState): SqliteLog {
  const known = knownState(atFirst);
  const waiting = new Map<number, Waiting>();
  let isClosing = false;
  let lastId = 0;
  let appends: Append[] = [];
  let calls: ToLogThread['calls'][number][] = [];
  let isSending = false;
  let appendsUnderWay = 0;

  // The worker keeps the process alive only while a caller waits for it.
  worker.unref();
  worker.on('message', (message: FromLogThread) => {
    if (message.kind !== 'answers') return;
    known.advance(message.state);
    const position = BigInt(message.state.head);
    for (const { id, outcomes } of unpackOutcomes(message.appended)) taken(id).resolve({ outcomes, position });
    for (const answer of message.answers) {
      if ('failure' in answer) taken(answer.id).reject(unpackError(answer.failure));
      else taken(answer.id).resolve(answer.result);
    }
    if (waiting.size === 0) worker.unref();
    if (appends.length > 0) sendSoon();
  });

  function taken(id: number): Waiting {
    const one = waiting.get(id)!;
    waiting.delete(id);
    if (one.isAppend) appendsUnderWay--;
    return one;
  }

  /**
   * Sends everything asked in this turn of the event loop as one message, which costs as much as
   * some events. Appends wait until those before them are answered, so that all that arrive during
   * one transaction share the next.
   */
  function sendSoon(): void {
    if (isSending) return;
    isSending = true;
    setImmediate(() => {
      isSending = false;
      const sent = appendsUnderWay === 0 || isClosing ? appends : [];
      if (sent.length === 0 && calls.length === 0) return;
      worker.postMessage({ appends: packAppends(sent), calls } satisfies ToLogThread);
      calls = [];
      appendsUnderWay += sent.length;
      if (sent.length > 0) appends = [];
    });
  }

  function asked<Result>(isAppend: boolean, ask: (id: number) => void): Promise<Result> {
    if (isClosing) return Promise.reject(closed(file));
    if (waiting.size === 0) worker.ref();
    const id = ++lastId;
    ask(id);
    sendSoon();
    return new Promise((resolve, reject) =>
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject, isAppend }),
    );
  }
  const plain =
    <Method extends PlainMethod>(method: Method) =>
    (...given: Parameters<SqliteLog[Method]>) =>
      asked<Awaited<ReturnType<SqliteLog[Method]>>>(false, (id) => calls.push({ id, method, given }));

  return {
    append: (events, options) => asked<AppendResult>(true, (id) => appends.push({ id, events, options })),
    state: known.state,
    grown: known.grown,
    positionsOf: plain('positionsOf'),
    keepRejections: plain('keepRejections'),
    resolveRejections: plain('resolveRejections'),
    rejectionsSize: plain('rejectionsSize'),
    beginBackup: plain('beginBackup'),
    readBackup: plain('readBackup'),
    endBackup: plain('endBackup'),
    async close() {
      const closing = asked<void>(false, (id) => calls.push({ id, method: 'close', given: [] }));
      isClosing = true;
      known.end();
      await closing;
      worker.ref();
      await ended;
    },
  };
}
