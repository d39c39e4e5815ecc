import { isDeepStrictEqual } from 'node:util';
import type { EventToAppend } from './port.ts';

/**
 * Whether an event says the same as the one that is there already: type, time and data, whatever the order of keys, extensions aside. A
 * stored event of another identity, which only a collision of hashes could bring here, does not.
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
    isDeepStrictEqual(before.data, now.data)
  );
}

function parsedObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
