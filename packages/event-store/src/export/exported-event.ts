import { bodyAsStored, isDamaged } from '../damaged-event.ts';
import type { StoredEvent } from '../port.ts';
import { PUBLISHED_PREFIX } from '../published-streams.ts';

/**
 * Names of the attributes that an export adds to each event. They have a prefix of ours, because a
 * publisher may have a `position` too; CloudEvents allows lower-case letters and digits.
 */
const POSITION = 'touchstoneposition';
const RECORDED_AT = 'touchstonerecordedat';
const ADDED_AT_THE_END = /,"touchstoneposition":"\d{1,20}"(?:,"touchstonerecordedat":"[^"\\]{1,40}")?\}$/;

/**
 * Type of the placeholder that an export writes for a damaged event. No system accepts it:
 * published, it becomes a kept rejection.
 */
export const DAMAGED_TYPE = 'touchstone.event.damaged.v1';

/** An event without the attributes that an export adds; returns the same object if it has none. */
export function withoutExported<Event extends object>(event: Event): Event {
  if (!Object.hasOwn(event, POSITION) && !Object.hasOwn(event, RECORDED_AT)) return event;
  const { [POSITION]: _, [RECORDED_AT]: __, ...published } = event as Record<string, unknown>;
  return published as Event;
}

/**
 * Removes them from a JSON text without changing anything else; undefined if they are not at its
 * end, where an export writes them.
 */
export function textWithoutExported(text: string): string | undefined {
  const at = text.search(ADDED_AT_THE_END);
  return at === -1 ? undefined : `${text.slice(0, at)}}`;
}

/** The position in a line of an export; undefined if it has none. */
export function exportedPosition(line: string): bigint | undefined {
  const position = parsedObject(line)?.[POSITION];
  return typeof position === 'string' && /^\d{1,20}$/.test(position) ? BigInt(position) : undefined;
}

/**
 * One line of an export without its line feed: the CloudEvent as published, its position in the log
 * and when it was recorded.
 */
export interface ExportedLine {
  readonly text: string;
  /**
   * Whether it stands for an event whose checksum does not match or that is no JSON; its data is
   * the stored text.
   */
  readonly isDamaged: boolean;
}

export function exportedLine(stored: StoredEvent): ExportedLine {
  const event = isDamaged(stored) ? undefined : parsedObject(stored.body);
  if (event === undefined) return { text: damagedLine(stored), isDamaged: true };
  // False for an event published before these names were reserved.
  const isPlain = withoutExported(event) === event;
  // Valid JSON has line breaks only between its tokens, so a space replaces them.
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
