import type { StoredEvent } from './port.ts';

/** Reads all pages into one array. */
export async function eventsOfPages(pages: AsyncIterable<readonly StoredEvent[]>): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for await (const page of pages) for (const event of page) events.push(event);
  return events;
}
