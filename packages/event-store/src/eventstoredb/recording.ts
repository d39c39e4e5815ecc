import type { StoredEvent } from '../port.ts';
import { undefinedIfErased } from './failure.ts';
import { type DecodedEvent, decodeEvent } from './record.ts';
import type { LogAccess } from './subscribe/follow.ts';

/**
 * When events count as recorded. The server stamps each as it is written, and its clock steps back when it is set, or when a node with a slower one takes
 * the lead. What counts is the greatest stamp so far in the whole log, of whole appends: the events of one bear the stamp of the first. It is the same
 * for every reader, wherever they begin: the few places where stamps step back are found by whoever counts the log, and kept with the counts.
 */
export interface Recording {
  /** What follows is of the log up to here. */
  readonly position: bigint;
  /** When its last event counts as recorded, ms since 1970; 0 where it is empty. */
  readonly recordedAt: number;
  /** Where stamps step back, both in order: what lies at `from` or behind it counts as recorded at `least` or later. */
  readonly floors: readonly Floor[];
}

export interface Floor {
  readonly from: bigint;
  readonly least: number;
}

/** What is known of the log with its next event. */
export function withNext({ recordedAt, floors }: Recording, { event, claims }: DecodedEvent): Recording {
  const { position, recordedAt: stamp } = event;
  const beginsAppend = claims.length > 0 || recordedAt === 0;
  if (!beginsAppend || stamp === recordedAt) return { position, recordedAt, floors };
  if (stamp > recordedAt) return { position, recordedAt: stamp, floors };
  const isKnown = floors.at(-1)?.least === recordedAt;
  return { position, recordedAt, floors: isKnown ? floors : [...floors, { from: position, least: recordedAt }] };
}

/** When that counts as recorded which lies at a position and was stamped so. */
export function recordedAtOf({ floors }: Pick<Recording, 'floors'>, position: bigint, stamp: number): number {
  const floor = floors.findLast(({ from }) => from <= position);
  return floor === undefined ? stamp : Math.max(stamp, floor.least);
}

/** What is known of the log, at least up to a position. */
export type RecordingTo = (position: bigint) => Promise<Recording>;

/** Gives each event of a reader, in their order, the time at which it counts as recorded. */
export type RecordedReader = (decoded: DecodedEvent) => DecodedEvent | Promise<DecodedEvent>;

/** Of the log behind a position, or of its streams with a prefix. */
export async function recordedReader(
  access: Pick<LogAccess, 'connection' | 'names'>,
  recordingTo: RecordingTo,
  { after, streamPrefix = '' }: { readonly after: bigint; readonly streamPrefix?: string | undefined },
): Promise<RecordedReader> {
  let known = await recordingTo(after);
  let { recordedAt } = known;
  let stamp: number | undefined;

  const recorded = (decoded: DecodedEvent, stampOfAppend: number): DecodedEvent => {
    const { position } = decoded.event;
    stamp = stampOfAppend;
    const isKnown = position <= known.position;
    // Who reads all of the log sees for themselves what lies behind what was known at the beginning.
    if (!isKnown) recordedAt = Math.max(recordedAt, stamp);
    return withRecordedAt(decoded, isKnown ? recordedAtOf(known, position, stamp) : recordedAt);
  };

  return (decoded) => {
    const { event, claims } = decoded;
    const given = claims.length > 0 ? event.recordedAt : stamp;
    const isKnown = streamPrefix === '' || event.position <= known.position;
    if (isKnown && given !== undefined) return recorded(decoded, given);
    return (async () => {
      if (!isKnown) known = await recordingTo(event.position);
      return recorded(decoded, given ?? (await stampOfAppend(access, decoded)));
    })();
  };
}

const BACK_PAGE = 100;

/** The stamp of the first event of its append, of an event further on in it. */
async function stampOfAppend(
  { connection, names }: Pick<LogAccess, 'connection' | 'names'>,
  { event, revision }: DecodedEvent,
): Promise<number> {
  const stream = names.inDatabase(event.stream);
  for (let from = revision - 1; from >= 0; from -= BACK_PAGE) {
    const request = { stream, from, backwards: true, count: BACK_PAGE };
    // Of a stream that was deleted, or cut, the first event of the append may be gone.
    const records = await connection.collect(request).catch(undefinedIfErased);
    if (records === undefined || records.length === 0) break;
    for (const record of records) {
      const first = decodeEvent(record, names);
      if (first !== undefined && first.claims.length > 0) return first.event.recordedAt;
    }
  }
  return event.recordedAt;
}

/** For the pages of one stream, from its first event on. */
export function recordedPages(recordingTo: RecordingTo) {
  let stamp: number | undefined;
  return async (page: readonly DecodedEvent[]): Promise<readonly StoredEvent[]> => {
    const last = page.at(-1);
    if (last === undefined) return [];
    const known = await recordingTo(last.event.position);
    return page.map((decoded) => {
      const { event, claims } = decoded;
      stamp = claims.length > 0 ? event.recordedAt : (stamp ?? event.recordedAt);
      return withRecordedAt(decoded, recordedAtOf(known, event.position, stamp)).event;
    });
  };
}

function withRecordedAt(decoded: DecodedEvent, recordedAt: number): DecodedEvent {
  return decoded.event.recordedAt === recordedAt ? decoded : { ...decoded, event: { ...decoded.event, recordedAt } };
}
