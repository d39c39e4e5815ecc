import { isDeepStrictEqual } from 'node:util';
import type { EventToAppend } from './port.ts';

/**
 * Whether an event has the same content as the stored one: type, time and data, whatever the order
 * of keys, without extensions; `customerId` in data is ignored (the stream says it) and a null
 * member equals an absent one. False for a stored event of another identity, which only a hash
 * collision could bring here.
 */
export function isSameContent(there: { stream: string; time: number; body: string }, event: EventToAppend): boolean {
  if (there.stream !== event.stream) return false;
  if (there.body === event.body) return true;
  if (there.time !== event.time) return false;
  const before = parsedObject(there.body);
  const now = parsedObject(event.body);
  return (
    before !== undefined &&
    now !== undefined &&
    before.source === event.source &&
    before.id === event.id &&
    before.type === event.type &&
    isSameToTheDigit(before.time, now.time) &&
    isDeepStrictEqual(contentOf(before.data), contentOf(now.data))
  );
}

/**
 * Compares two times of one millisecond below that millisecond. A text without finer digits matches
 * any, since an earlier version cut them off and some clients know only milliseconds.
 */
function isSameToTheDigit(before: unknown, now: unknown): boolean {
  const [there, here] = [finerDigits(before), finerDigits(now)];
  return there === here || there === '' || here === '';
}

/** The digits after the milliseconds, in the form in which the log writes a time. */
function finerDigits(time: unknown): string {
  return typeof time === 'string' ? (/\.\d{3}(\d{1,6})Z$/.exec(time)?.[1] ?? '') : '';
}

function contentOf(data: unknown): unknown {
  const said = plainly(data);
  if (typeof said !== 'object' || said === null || Array.isArray(said)) return said;
  const { customerId: _, ...content } = said as Record<string, unknown>;
  return content;
}

/** Copies parsed JSON without null members, and with -0 as 0. */
function plainly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainly);
  if (value === 0) return 0;
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(members.map(([name, inner]) => [name, plainly(inner)]));
}

function parsedObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
