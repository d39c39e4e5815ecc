import { type EventStore, proofOf } from '@touchstone/event-store';
import type { z } from 'zod';
import { type Readable, readable } from './own-events.ts';

/** A reader of the events of a stream. */
export interface StreamReader<Body> {
  take(event: Readable<Body>): void;
  /** The log was put back from a backup: everything that was taken is to be forgotten. */
  forget(): void;
}

/**
 * Reads one of our own streams once, and with each call only what is new. It begins anew where the
 * log does not hold any more what it has read.
 */
export function followedStream<Body extends object>(
  store: EventStore,
  stream: string,
  schema: z.ZodType<Body>,
  { take, forget }: StreamReader<Body>,
): () => Promise<void> {
  let readTo = 0n;
  let proof: string | undefined;
  let reading: Promise<void> | undefined;

  async function readNews(): Promise<void> {
    if (proof !== undefined && !(await store.holds(proof))) {
      forget();
      readTo = 0n;
      proof = undefined;
    }
    for await (const page of store.streamPages(stream, { after: readTo })) {
      for (const event of readable(schema, page)) take(event);
      const last = page.at(-1)!;
      readTo = last.position;
      proof = proofOf(last);
    }
  }
  return () => {
    // One after the other, because each takes up where the one before ended.
    reading = (reading ?? Promise.resolve()).catch(() => undefined).then(readNews);
    return reading;
  };
}
