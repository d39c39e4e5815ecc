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
  unpackVerdicts,
} from './messages.ts';
import { minutesOnThread } from './minutes-on-thread.ts';

/** Room for what a few transactions bring. */
const YOUNG_GENERATION_MB = 48;

/**
 * As `sqliteEventStore`, but the file is written on a thread of its own: whoever has the store goes on while a transaction is made and flushed. Events are read
 * on the thread of the caller, through a second connection that never writes, and minutes counted on a third, see {@link minutesOnThread}.
 */
export async function sqliteEventStoreOnThread(options: Omit<SqliteEventStoreOptions, 'now'>): Promise<EventStore> {
  const { file, runEvents } = options;
  return heldStore(options, async (driver) => {
    const log = await openThreadedLog({ file, driver: driver.name, runEvents });
    try {
      // Opened after the thread has recovered what a kill may have left, and closed before the thread's, which so has the last word.
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

/** Throws what opening the file throws there. */
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
  // From now on an error of the thread is one that nobody expected, and ends the process as it would have on this thread.
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

  // The thread keeps the process alive only while someone waits for it.
  worker.unref();
  worker.on('message', (message: FromLogThread) => {
    if (message.kind !== 'answers') return;
    known.advance(message.state);
    const position = BigInt(message.state.head);
    for (const { id, verdicts } of unpackVerdicts(message.appended)) taken(id).resolve({ verdicts, position });
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
   * All that is asked in this turn of the event loop goes as one message. Appends wait until those before them are answered: a message costs as much as some events, and
   * what comes while a transaction is made shares the next.
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
    listRejections: plain('listRejections'),
    getRejections: plain('getRejections'),
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
