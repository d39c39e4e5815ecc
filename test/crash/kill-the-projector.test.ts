import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '@touchstone/event-store';
import { shop } from '@touchstone/journey/testing';
import { openReadModels } from '@touchstone/read-models';
import { afterAll, expect, onTestFailed, test } from 'vitest';
import { expectAsRebuilt } from './as-rebuilt.ts';
import { chanceOfRun, killsOf } from './chance.ts';
import { doomedProgram } from './doomed-program.ts';
import { madeUpLog } from './made-up-log.ts';
import { expectNoFalseAlarm } from './no-false-alarm.ts';
import { projectToTheEnd } from './project-to-the-end.ts';
import type { Found, ProjectOrder } from './project-until-killed.ts';

const KILLS = killsOf(100);
const CUSTOMERS = 140;
/** In one of this many runs the projector is killed between the rows and their checkpoint. */
const TORN_EVERY = 5;
/**
 * Share of the remaining events that a run gets as one batch, so that the log outlasts all kills,
 * even on a fast machine.
 */
const shareOf = (left: number, kills: number) => left / (KILLS - kills + 20) / 3;

const folder = mkdtempSync(join(tmpdir(), 'touchstone-killed-'));
const chance = chanceOfRun();
const program = doomedProgram<ProjectOrder>('project-until-killed.ts');

afterAll(async () => {
  await program.end();
  rmSync(folder, { recursive: true, force: true });
});

const eventStoreUrl = `sqlite:${folder}/events.db`;
const clickhouseUrl = `chdb:${folder}/clickhouse`;
const open = async () => ({
  store: await openEventStore(eventStoreUrl),
  readModels: await openReadModels(clickhouseUrl),
});

test(`kill -9 at ${KILLS} random instants of folding, inserting, announcing and coming up: every table is that of a clean rebuild`, async () => {
  onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
  const log = madeUpLog(CUSTOMERS, chance);
  const before = await open();
  for (let at = 0; at < log.events.length; at += 500) await before.store.append(log.events.slice(at, at + 500));
  // Appends some events twice; the log holds them once.
  const { outcomes } = await before.store.append(log.events.slice(0, 300));
  expect(new Set(outcomes)).toEqual(new Set(['duplicate']));
  const { number: generation } = await before.readModels.createGeneration('{}');
  await before.readModels.close();
  await before.store.close();

  const found = await killAgainAndAgain(generation);
  const torn = found.filter(({ isTorn }) => isTorn).length;
  const { position, head } = found.at(-1)!;
  console.log(
    `seed ${chance.seed}: ${log.events.length} events, at ${position} of ${head}; ${torn} times rows were found without their checkpoint`,
  );
  expect(torn).toBeGreaterThan(0);

  const { store, readModels } = await open();
  await projectToTheEnd(store, readModels, generation);
  await expectNoFalseAlarm(readModels);
  await expectAsRebuilt({ store, readModels, generation, log });
  await readModels.close();
  await store.close();
}, 1_500_000);

async function killAgainAndAgain(generation: number): Promise<Found[]> {
  const found: Found[] = [];
  let batch = 20;
  let isTorn = false;
  for (let kills = 0; kills < KILLS; kills++) {
    const stands = kills % TORN_EVERY === 1;
    const run = program.run({
      eventStoreUrl,
      clickhouseUrl,
      generation,
      definitions: [shop],
      threads: chance.pick([1, 4]),
      batch,
      customers: chance.pick([5, 50, 500]),
      stands,
    });
    if (!stands && !isTorn && chance.happens(0.1)) {
      // Kills it during its start too: while it opens, takes over the writing, or reads back
      // existing rows.
      await pause(chance.between(0, 600));
    } else {
      const at = await run.hears<Found>('resumed');
      found.push(at);
      expect(at.position).toBeLessThan(at.head);
      if (isTorn) expect(at.isTorn).toBe(true);
      batch = Math.max(2, Math.round(shareOf(Number(at.head - at.position), kills) * chance.between(0.3, 1.7)));
      // Kills it anywhere in its first batches: folded, announced, inserted, checkpointed, or with
      // the next batch under way.
      const instants = ['folded 1', 'folded 1', 'folded 2', 'written 1', 'written 2'];
      await run.hears(stands ? 'standing' : chance.pick(instants));
      if (!stands) await pause(chance.between(0, 200));
    }
    isTorn = stands;
    await run.kill();
  }
  return found;
}
