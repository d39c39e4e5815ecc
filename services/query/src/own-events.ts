import type { StoredEvent } from '@touchstone/event-store';
import type { z } from 'zod';

type Readable<Body> = Body & { readonly event: StoredEvent };

/** The events of one of our own streams whose bodies are as they were written. One that is damaged is passed over: it must hold up nobody. */
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
