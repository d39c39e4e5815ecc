import { bodyAsStored, isDamaged } from '../damaged-event.ts';
import type { StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';

/** What an export adds to each event. A prefix of our own, because a publisher may have a `position` too; CloudEvents allows lower-case letters and digits. */
const POSITION = 'touchstoneposition';
const RECORDED_AT = 'touchstonerecordedat';
const ADDED_AT_THE_END = /,"touchstoneposition":"\d{1,20}"(?:,"touchstonerecordedat":"[^"\\]{1,40}")?\}$/;

/** The type of what an export tells of a damaged event instead of it. No system takes it: where it is published, it is a rejection that is kept. */
export const DAMAGED_TYPE = 'touchstone.event.damaged.v1';

/** An event as it was published, without what an export adds; the same object where it has none of that. */
export function withoutExported<Event extends object>(event: Event): Event {
  if (!Object.hasOwn(event, POSITION) && !Object.hasOwn(event, RECORDED_AT)) return event;
  const { [POSITION]: _, [RECORDED_AT]: __, ...published } = event as Record<string, unknown>;
  return published as Event;
}

/** The same of its JSON text, to the letter; undefined for a text in which this does not stand at the end, as an export writes it. */
export function textWithoutExported(text: string): string | undefined {
  const at = text.search(ADDED_AT_THE_END);
  return at === -1 ? undefined : `${text.slice(0, at)}}`;
}

/** The position that a line of an export bears; undefined where it is none. */
export function exportedPosition(line: string): bigint | undefined {
  const position = parsedObject(line)?.[POSITION];
  return typeof position === 'string' && /^\d{1,20}$/.test(position) ? BigInt(position) : undefined;
}

/** One line of an export, without its end: the CloudEvent as it was published, its position in the log and when it was recorded. */
export interface ExportedLine {
  readonly text: string;
  /** It tells of an event whose checksum does not hold, or that is no JSON: what is stored is its data. */
  readonly isDamaged: boolean;
}

export function exportedLine(stored: StoredEvent): ExportedLine {
  const event = isDamaged(stored) ? undefined : parsedObject(stored.body);
  if (event === undefined) return { text: damagedLine(stored), isDamaged: true };
  // Published before the names were ours alone.
  const isPlain = withoutExported(event) === event;
  // Only between its parts can a JSON text break lines.
  const body = isPlain ? stored.body.trim().replace(/[\r\n]+/g, ' ') : JSON.stringify(withoutExported(event));
  const recordedAt = new Date(stored.recordedAt).toISOString();
  const added = `"${POSITION}":"${stored.position}","${RECORDED_AT}":"${recordedAt}"}`;
  return { text: `${body.slice(0, -1)},${added}`, isDamaged: false };
}

function damagedLine(stored: StoredEvent): string {
  const { position, stream } = stored;
  return JSON.stringify({
    specversion: '1.0',
    id: String(position),
    source: 'urn:touchstone:log',
    type: DAMAGED_TYPE,
    ...(stream.startsWith(PUBLISHED_PREFIX) ? { subject: stream.slice(PUBLISHED_PREFIX.length) } : {}),
    data: { stored: bodyAsStored(stored) },
    [POSITION]: String(position),
  });
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
