import { watchConservation } from '@touchstone/operations';
import { createLogger } from '@touchstone/runtime';
import { expect, it, onTestFinished, vi } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem } from '../../testing/start-test-system.ts';

const MINUTE = 60_000;

async function givenWatch() {
  let position = 0n;
  const system = await startTestSystem([orderDefinition]);
  const logger = createLogger({ level: 'silent' });
  const told = vi.spyOn(logger, 'error');
  let now = 0;
  const watch = watchConservation({
    ...system.deps,
    progress: { projected: () => position },
    logger,
    now: () => now,
    everyMs: 60 * MINUTE,
  });
  onTestFinished(async () => {
    await watch.stop();
    await system.stop();
  });
  const moments = `touchstone_${system.deps.generation()}.moments`;
  return {
    ...system,
    watch,
    /** Ids of the events that each log message about gaps named. */
    told: () =>
      told.mock.calls.map(([first]) => (first as unknown as { events: { id: string }[] }).events.map(({ id }) => id)),
    sql: (text: string) => system.deps.readModels.clickhouse.command(text.replace('$moments', moments), {}),
    project: (to: bigint) => {
      position = to;
    },
    /** Moves the clock until the minute of the last event is over. */
    minutePasses: async () => {
      now = (await system.store.lastRecordedAt())! + 4 * MINUTE;
      return now - (now % MINUTE) - 2 * MINUTE;
    },
  };
}

it('checks nothing of an empty log, and a minute only when it is over and projected', async () => {
  const { watch, publish, project, minutePasses, store } = await givenWatch();
  await watch.check();
  expect(watch.state()).toEqual({ checkedUntil: null, gaps: new Map() });

  const head = await publish(shopStory);
  await watch.check();
  const minute = (await store.lastRecordedAt())! - ((await store.lastRecordedAt())! % MINUTE);
  expect(watch.state().checkedUntil).toBe(minute);
  const end = await minutePasses();
  await watch.check();
  expect(watch.state().checkedUntil).toBe(minute);
  project(head);
  await watch.check();
  expect(watch.state()).toEqual({ checkedUntil: end, gaps: new Map() });
});

it('tells of a gap once, with its events, and shows it until it has gone', async () => {
  const { watch, publish, project, minutePasses, store, sql, told } = await givenWatch();
  project(await publish(shopStory));
  const [first] = await store.readStream('customer-anna');
  const where = `WHERE position = ${first!.position}`;
  await sql(`CREATE TABLE kept ENGINE = Memory AS SELECT * FROM $moments ${where}`);
  await sql(`DELETE FROM $moments ${where}`);
  await minutePasses();
  await watch.check();
  await watch.check();
  expect(watch.state().gaps).toEqual(new Map([['/test', 1]]));
  expect(told()).toEqual([[first!.id]]);

  await sql('INSERT INTO $moments SELECT * FROM kept');
  await watch.check();
  expect(watch.state().gaps).toEqual(new Map());
  expect(told()).toHaveLength(1);
});

it('checks the last hour anew in a new generation', async () => {
  const { watch, publish, project, minutePasses, store, deps } = await givenWatch();
  project(await publish(shopStory));
  await minutePasses();
  await watch.check();
  const { number } = await deps.readModels.createGeneration('{}');
  let generation = deps.generation();
  const logger = createLogger({ level: 'silent' });
  const head = await store.head();
  const other = watchConservation({
    ...deps,
    generation: () => generation,
    progress: { projected: () => head },
    logger,
    now: () => Date.now() + 4 * MINUTE,
    everyMs: 60 * MINUTE,
  });
  onTestFinished(() => other.stop());
  await other.check();
  expect(other.state().gaps).toEqual(new Map());
  // This generation is empty, but the watch is told that it holds everything.
  generation = number;
  await other.check();
  expect(other.state().gaps).toEqual(new Map([['/test', shopStory.length]]));
});
