import type { StoredEvent } from '../port.ts';
import { undefinedIfErased } from './failure.ts';
import { type DecodedEvent, decodeEvent } from './record.ts';
import type { LogAccess } from './subscribe/follow.ts';

/**
 * When events count as recorded: the greatest server stamp so far in the whole log, where all
 * events of an append bear the stamp of the first. The server's clock steps back when it is set or
 * when a node with a slower one becomes leader; the counter of the log finds these few places and
 * keeps them with the counts, so that every reader gets the same times wherever it begins.
 */
export interface Recording {
  /** The rest of this record covers the log up to here. */
  readonly position: bigint;
  /** When the last event counts as recorded, ms since 1970; 0 in an empty log. */
  readonly recordedAt: number;
  /**
   * Places where stamps step back, ascending in both members: events at or after `from` count as
   * recorded at `least` or later.
   */
  readonly floors: readonly Floor[];
}

export interface Floor {
  readonly from: bigint;
  readonly least: number;
}

/** Extends the record by the log's next event. */
export function withNext({ recordedAt, floors }: Recording, { event, claims }: DecodedEvent): Recording {
  const { position, recordedAt: stamp } = event;
  const beginsAppend = claims.length > 0 || recordedAt === 0;
  if (!beginsAppend || stamp === recordedAt) return { position, recordedAt, floors };
  if (stamp > recordedAt) return { position, recordedAt: stamp, floors };
  const isKnown = floors.at(-1)?.least === recordedAt;
  return { position, recordedAt, floors: isKnown ? floors : [...floors, { from: position, least: recordedAt }] };
}

/** Recording time of the event at a position with a stamp, ms since 1970. */
export function recordedAtOf({ floors }: Pick<Recording, 'floors'>, position: bigint, stamp: number): number {
  const floor = floors.findLast(({ from }) => from <= position);
  return floor === undefined ? stamp : Math.max(stamp, floor.least);
}

/** Returns the record of the log, at least up to a position. */
export type RecordingTo = (position: bigint) => Promise<Recording>;

/** Sets the recording time of each event of one reader, in order. */
export type RecordedReader = (decoded: DecodedEvent) => DecodedEvent | Promise<DecodedEvent>;

/** Makes it for a reader of the log after a position, or of its streams with a prefix. */
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
    // A reader of the whole log itself sees the stamps after the known part.
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

/** Stamp of the first event of an append, given a later event of it. */
async function stampOfAppend(
  { connection, names }: Pick<LogAccess, 'connection' | 'names'>,
  { event, revision }: DecodedEvent,
): Promise<number> {
  const stream = names.inDatabase(event.stream);
  for (let from = revision - 1; from >= 0; from -= BACK_PAGE) {
    const request = { stream, from, backwards: true, count: BACK_PAGE };
    // In a deleted or cut stream the first event of the append may be gone.
    const records = await connection.collect(request).catch(undefinedIfErased);
    if (records === undefined || records.length === 0) break;
    for (const record of records) {
      const first = decodeEvent(record, names);
      if (first !== undefined && first.claims.length > 0) return first.event.recordedAt;
    }
  }
  return event.recordedAt;
}

/** Sets the recording times of the pages of one stream, read from its first event. */
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
