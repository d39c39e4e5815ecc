import type { StoredEvent } from '../port.ts';
import type { CopySide, CopyTarget } from './sides.ts';

/**
 * A position that an event of the system's own names: up to it the events of a stream do not count
 * any more. In a copy of the log they have other positions.
 */
export interface NamedPosition {
  readonly stream: string;
  readonly upTo: bigint;
  /** The body of the event with another position. */
  bodyWith(upTo: bigint): string;
}

/** Returns null for an event that names no position, as nearly all of them. */
export type NamedPositionIn = (event: StoredEvent) => NamedPosition | null;

/** The event as the copy holds it, once all events before it are there. */
export async function inCopy(
  event: StoredEvent,
  named: NamedPosition,
  source: CopySide,
  target: CopyTarget,
): Promise<StoredEvent> {
  const { stream, source: publisher, id, type, time, position, recordedAt } = event;
  const body = named.bodyWith(await positionInCopy(named, position, source, target));
  return { stream, source: publisher, id, type, time, body, position, recordedAt };
}

/** Just before the first event of the stream that is left; without one, the copy's current end. */
async function positionInCopy(
  { stream, upTo }: NamedPosition,
  before: bigint,
  source: CopySide,
  target: CopyTarget,
): Promise<bigint> {
  const first = await source.firstOf(stream, upTo);
  if (first === undefined || first.position > before) return target.head();
  const there = await target.positionOf(stream, first);
  // Nobody knows the identity of a damaged event.
  return there === undefined ? target.head() : there - 1n;
}
