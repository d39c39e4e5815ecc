import { randomUUID } from 'node:crypto';
import { failureOf } from './eventstoredb-failure.ts';
import type { LogAccess } from './eventstoredb-follow.ts';
import type { DecodedEvent } from './eventstoredb-record.ts';

/** What is counted of the published events, over the log up to a position: a pure function of it, whoever counts. */
export interface Tally {
  readonly position: bigint;
  /** Sum of what each append claimed in its own transaction. */
  readonly accepted: number;
  /** Events read back from the log. */
  readonly stored: number;
  /** Greatest `time` of a published event. */
  readonly greatestTime: number | null;
}

const EMPTY: Tally = { position: 0n, accepted: 0, stored: 0, greatestTime: null };

/** After so many newly counted events the tally is kept in the store, for the next process to go on from. */
const KEEP_EVERY = 10_000;

/**
 * Counts the log without reading all of it at each question: a question reads what was appended since the last one. The first question of a
 * process goes on from the last tally kept in the store, so that it reads some ten thousand events at most where questions are asked regularly,
 * and the whole log, once, where none ever was.
 */
export function eventStoreDbTally(
  { connection, names, warn }: LogAccess,
  head: () => Promise<bigint>,
  read: (after: bigint, upTo: bigint) => AsyncIterable<readonly DecodedEvent[]>,
) {
  const stream = names.own('tally');
  let tally: Tally | undefined;
  let keptRevision = -1;
  let sinceKept = 0;
  let counting: Promise<unknown> = Promise.resolve();

  const begin = async (upTo: bigint): Promise<Tally> => {
    const [last] = (await connection.collect({ stream, from: 'end', backwards: true, count: 1 })) ?? [];
    if (!last) return EMPTY;
    keptRevision = last.revision;
    const kept = parseTally(last.data);
    // A tally of more than the log holds comes from before a restored backup.
    if (kept && kept.position <= upTo) return kept;
    warn(`The counts kept in stream ${stream} do not fit the log, which is counted from its beginning`);
    return EMPTY;
  };

  const keep = async (current: Tally): Promise<void> => {
    const data = Buffer.from(JSON.stringify({ ...current, position: String(current.position) }));
    try {
      const event = { eventId: randomUUID(), type: 'tally', data, metadata: new Uint8Array() };
      keptRevision = (await connection.append(stream, keptRevision, [event])).revision;
      sinceKept = 0;
    } catch (error) {
      // Another process kept one, or it could not be kept: it only saves the next process some reading.
      const [last] = (await connection.collect({ stream, from: 'end', backwards: true, count: 1 })) ?? [];
      keptRevision = last?.revision ?? -1;
      if (failureOf(error).kind !== 'conflict') warn(`The counts could not be kept: ${failureOf(error).message}`);
    }
  };

  const count = async (): Promise<Tally> => {
    const upTo = await head();
    let current = tally ?? (await begin(upTo));
    if (current.position < upTo) {
      for await (const page of read(current.position, upTo)) {
        current = addAll(current, page);
        sinceKept += page.length;
      }
      current = { ...current, position: upTo };
    }
    tally = current;
    if (sinceKept >= KEEP_EVERY) await keep(current);
    return current;
  };

  /** The tally of the log as it is now. Questions are answered one after another, each with what the one before has counted. */
  return (): Promise<Tally> => {
    const answer = counting.then(count);
    counting = answer.catch(() => {});
    return answer;
  };
}

function addAll(tally: Tally, page: readonly DecodedEvent[]): Tally {
  let { accepted, stored, greatestTime } = tally;
  for (const { event, accepted: claimed } of page) {
    if (!event.stream.startsWith('customer-')) continue;
    accepted += claimed;
    stored += 1;
    if (greatestTime === null || event.time > greatestTime) greatestTime = event.time;
  }
  return { position: page.at(-1)?.event.position ?? tally.position, accepted, stored, greatestTime };
}

function parseTally(text: string): Tally | undefined {
  try {
    const { position, accepted, stored, greatestTime } = JSON.parse(text) as Record<string, unknown>;
    if (typeof accepted !== 'number' || typeof stored !== 'number') return undefined;
    if (greatestTime !== null && typeof greatestTime !== 'number') return undefined;
    return { position: BigInt(String(position)), accepted, stored, greatestTime };
  } catch {
    return undefined;
  }
}
