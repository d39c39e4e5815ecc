import type { EventStore } from '@touchstone/event-store';
import { announcementEvent, apply, initialState, newChanges } from '@touchstone/journey';
import { measures } from '@touchstone/journey/testing';
import { startProjector } from '@touchstone/projector';
import { projectedCounts, type ReadModels } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import { expect } from 'vitest';
import type { MadeUpLog } from './made-up-log.ts';

/**
 * Checks that a disturbed system at rest shows no trace of it: the log holds each event once, the
 * tables are complete, each event is projected or parked and was announced once, and every table
 * equals that of a clean rebuild row for row.
 */
export async function expectAsRebuilt({
  store,
  readModels,
  generation,
  log: { events, poisoned, histories },
}: {
  readonly store: EventStore;
  readonly readModels: ReadModels;
  readonly generation: number;
  readonly log: MadeUpLog;
}): Promise<void> {
  expect(await readModels.verify(generation)).toEqual({ isWhole: true, faults: [], heldFrom: null });
  expect(await projectedCounts(readModels.clickhouse, generation)).toEqual({
    position: await store.head(),
    moments: events.length - poisoned,
    parked: poisoned,
    cut: 0,
  });
  expect(await store.counts()).toEqual({ accepted: events.length, stored: events.length });
  await expectAnnounced(store, histories);

  const { number: clean } = await readModels.createGeneration('{}');
  const rebuild = await startProjector({
    store,
    readModels,
    generation: clean,
    measures,
    logger: createLogger({ level: 'error' }),
    announce: () => Promise.reject(new Error('a rebuild tells nobody')),
    isAudible: () => false,
  });
  expect(await rebuild.progress.reached(await store.head(), 60_000), String(rebuild.fault())).toBe(true);
  await rebuild.stop();
  expect(await dumpHoweverCut(readModels.clickhouse, generation)).toEqual(
    await dumpHoweverCut(readModels.clickhouse, clean),
  );
}

/** Checks that the announcements due from the events were made, each once. */
async function expectAnnounced(store: EventStore, histories: MadeUpLog['histories']): Promise<void> {
  for (const [customerId, events] of histories) {
    const state = initialState(customerId);
    const changes = newChanges();
    for (const event of events) apply(measures, state, event, changes);
    const due = changes.announcements.map((each) => announcementEvent(customerId, each, false).id);
    const told = (await store.readStream(`changes-${customerId}`)).map(({ id }) => id);
    expect(new Set(told).size, customerId).toBe(told.length);
    expect(told, customerId).toEqual(expect.arrayContaining(due));
  }
}
