import type { EventToAppend, StoredEvent } from '@touchstone/event-store';
import { formatInstant } from '@touchstone/journey';
import type { z } from 'zod';

/** Builds an event of one of our own streams as a CloudEvent 1.0; `at` in ms since 1970. */
export function ownEvent(
  stream: string,
  {
    source,
    type,
    id,
    at,
    data,
  }: {
    readonly source: string;
    readonly type: string;
    readonly id: string;
    readonly at: number;
    readonly data: object;
  },
): EventToAppend {
  const time = formatInstant(at);
  const event = { specversion: '1.0', id, source, type, time, datacontenttype: 'application/json', data };
  return { stream, source, id, type, time: at, body: JSON.stringify(event) };
}

/** A parsed event of one of our own streams, with the event itself. */
export type Readable<Body> = Body & { readonly event: StoredEvent };

/**
 * Parses the events of one of our own streams. It skips a damaged event, so that one event cannot
 * block all reads.
 */
export function readable<Body extends object>(
  schema: z.ZodType<Body>,
  events: readonly StoredEvent[],
): readonly Readable<Body>[] {
  return events.flatMap((event) => {
    const parsed = schema.safeParse(jsonIn(event.body));
    return parsed.success ? [{ ...parsed.data, event }] : [];
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
