import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type HistoryProof, readProof } from '../history.ts';
import { type Connection, lastOf } from './connection.ts';
import { failureOf, isErased } from './failure.ts';
import type { StreamNames } from './names.ts';

/** Identifies an event at its place in the log. */
export type Standing = Pick<HistoryProof, 'position' | 'stream' | 'mark'>;

/**
 * Checks this process's caches against the log. A database restored from a backup answers again
 * after a moment, shorter or grown past its old end, and every cache of it must be cleared.
 */
export interface KnownHistory {
  /** Name of the log; made by the first process to append it. */
  identity(): Promise<string>;
  /** Whether the leader has this event at its position, and as the same record. */
  stands(event: Standing): Promise<boolean>;
  holds(proof: string): Promise<boolean>;
  /** Notes an event of the log that this process has read or written. */
  note(event: Standing): void;
  /**
   * Resolves once the log is known to hold the noted event, or the listeners have cleared their
   * caches. Asks the server after a break of a connection and now and then; each time if
   * `isStrict`, for answers that rest on caches alone.
   */
  assure(isStrict?: boolean): Promise<void>;
  /** Number of times that the log was found restored. */
  timesPutBack(): number;
  /** Called by a reader that found the log restored. */
  putBack(): void;
  onPutBack(forget: () => void): void;
}

/** Time for which a check is trusted, ms: without a noticed break the log can hardly be another. */
const BELIEVED_MS = 1_000;
const identityText = z.object({ id: z.string().min(1) });

export function knownHistory(connection: Connection, names: StreamNames, warn: (what: string) => void): KnownHistory {
  const stream = names.own('log');
  const listeners: (() => void)[] = [];
  let known: Standing | undefined;
  let times = 0;
  let assured = { breaks: 0, at: performance.now() };
  let assuring: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const isFresh = () => assured.breaks === connection.breaks() && performance.now() - assured.at < BELIEVED_MS;

  const readIdentity = async (): Promise<string | undefined> => {
    const [first] = (await connection.collect({ stream, from: 0, count: 1 })) ?? [];
    return first === undefined ? undefined : identityText.parse(JSON.parse(first.data)).id;
  };
  const stands = (event: Standing) => standsIn(connection, names, event);
  const putBack = (): void => {
    known = undefined;
    times += 1;
    warn(
      'EventStoreDB does not hold what it held before: it was put back from a backup, or is another. What was remembered of it is forgotten',
    );
    for (const forget of listeners) forget();
  };
  const check = async (): Promise<void> => {
    const begun = { breaks: connection.breaks(), at: performance.now() };
    const event = known;
    if (event !== undefined && !(await stands(event)) && known !== undefined) putBack();
    assured = begun;
  };
  /**
   * Starts a new check after the current one, which began too early for this caller; callers
   * meanwhile share it.
   */
  const checkAnew = (): Promise<void> => {
    next ??= (assuring ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        assuring = check();
        return assuring;
      });
    return next;
  };

  return {
    stands,
    putBack,
    timesPutBack: () => times,
    onPutBack: (forget) => void listeners.push(forget),
    note(event) {
      if (event.mark !== undefined && (known === undefined || event.position > known.position)) known = event;
    },
    assure: async (isStrict = false) => {
      if (known !== undefined && (isStrict || !isFresh())) await checkAnew();
    },
    async holds(proof) {
      const event = readProof(proof);
      return event?.mark !== undefined && (await stands(event));
    },
    async identity() {
      for (let attempt = 0; ; attempt++) {
        const found = await readIdentity();
        if (found !== undefined) return found;
        const data = Buffer.from(JSON.stringify({ id: randomUUID() }));
        try {
          await connection.append(stream, -1, [
            { eventId: randomUUID(), type: 'log', data, metadata: new Uint8Array() },
          ]);
        } catch (error) {
          // Another process was first, so its name counts.
          if (failureOf(error).kind !== 'conflict' || attempt > 20) throw error;
        }
      }
    },
  };
}

/**
 * Checks one event. A deleted stream is no loss of the log, so only the log's length is checked
 * then.
 */
async function standsIn(
  connection: Connection,
  names: StreamNames,
  { position, stream, mark = '' }: Standing,
): Promise<boolean> {
  const [eventId, revision] = mark.split('@');
  const name = names.inDatabase(stream);
  const request = { stream: name, from: Number(revision), count: 1 };
  try {
    const [record] = (await connection.collect(request)) ?? [];
    if (record?.revision === request.from) return record.eventId === eventId && record.position === position;
    if (record === undefined && !(await isDeleted(connection, name))) return false;
  } catch (error) {
    if (!isErased(error)) throw error;
  }
  const [last] = (await connection.collect({ from: 'end', backwards: true, filter: names.filter(), count: 1 })) ?? [];
  return last !== undefined && last.position >= position;
}

/** Whether a stream was deleted, which its metadata says. */
async function isDeleted(connection: Connection, name: string): Promise<boolean> {
  return (await lastOf(connection, `$$${name}`))?.data.includes('"$tb"') === true;
}
