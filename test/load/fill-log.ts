import { sqliteEventStore } from '@touchstone/event-store';
import { sampleEvents, toAppend } from './sample-events.ts';

/** Events recorded in the same moment, as when this many publishers each send one now and then. */
const TOGETHER = 5;
const SLICE = 10_000;

/** Fills a log in a file with sample events, always with the same for the same number. */
export async function fillLog(file: string, events: number): Promise<void> {
  let now = Date.UTC(2026, 0, 1);
  const store = await sqliteEventStore({ file, now: () => now });
  let startAt = now;
  for (let from = 0; from < events; from += SLICE) {
    const slice = sampleEvents(Math.min(SLICE, events - from), { seed: 1 + from / SLICE, startAt });
    startAt = Date.parse(slice.at(-1)!.time);
    const waiting: Promise<unknown>[] = [];
    for (let at = 0; at < slice.length; at += TOGETHER) {
      waiting.push(store.append(slice.slice(at, at + TOGETHER).map(toAppend)));
      // Appends of one turn share a transaction, and the time of recording.
      await new Promise((resolve) => setImmediate(resolve));
      now += 1_000;
    }
    await Promise.all(waiting);
  }
  await store.close();
}
