import { type EventType, isEventType, type JourneyEvent } from './events.ts';
import { parseInstant } from './instant.ts';

/** One step from an older wire name to its successor; steps are chained until a name is reached that the fold knows. */
export type Upcaster = (data: Record<string, unknown>) => {
  readonly type: string;
  readonly data: Record<string, unknown>;
};

/**
 * Old wire name → the step to its successor. When `….v2` of an event comes, `….v1` leaves the schemas and gets its step here; its
 * fixture in `fixtures/` stays for good, and a test reads every fixture.
 */
export const upcasters: ReadonlyMap<string, Upcaster> = new Map();

/** An event in the log that cannot be read. It is set aside with its customer; the rest goes on. */
export class UndecodableEvent extends Error {
  override readonly name = 'UndecodableEvent';
}

/** What the log holds of an event. */
export interface Encoded {
  /** ms since 1970; read from the body where absent. */
  readonly time?: number;
  /** The whole CloudEvent as JSON text, as ingest wrote it. */
  readonly body: string;
}

interface Body {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly data: Record<string, unknown>;
}

/**
 * A stored event as the fold takes it. What is in the log was checked when it came, so its fields are trusted; its type is brought up
 * to date. Throws {@link UndecodableEvent} for a body that is no event of ours.
 */
export function decodeEvent(encoded: Encoded, steps: ReadonlyMap<string, Upcaster> = upcasters): JourneyEvent {
  let body: Body;
  try {
    body = JSON.parse(encoded.body) as Body;
  } catch (cause) {
    throw new UndecodableEvent(`the stored event is not JSON: ${encoded.body.slice(0, 80)}`, { cause });
  }
  let { type, data } = body;
  for (let step = steps.get(type); step !== undefined; step = steps.get(type)) {
    ({ type, data } = step(data));
  }
  const time = encoded.time ?? parseInstant(body.time);
  if (!isEventType(type) || time === undefined || typeof data !== 'object' || data === null) {
    throw new UndecodableEvent(`the stored event ${body.id} of ${body.source} has the unreadable type ${type}`);
  }
  return { id: body.id, source: body.source, type, customerId: body.subject, time, data } as {
    [Type in EventType]: JourneyEvent;
  }[EventType];
}
