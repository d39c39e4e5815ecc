import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openEventStore } from '@touchstone/event-store';
import { shop } from '@touchstone/journey/testing';
import { openReadModels } from '@touchstone/read-models';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import type { FaultKind } from '../clickhouse-server/faults.ts';
import { type ClickHouseServer, type RaisedFault, startClickHouseServer } from '../clickhouse-server/server.ts';
import { expectAsRebuilt } from './as-rebuilt.ts';
import { chanceOfRun, killsOf } from './chance.ts';
import { type DoomedRun, doomedProgram } from './doomed-program.ts';
import { madeUpLog } from './made-up-log.ts';
import { projectToTheEnd } from './project-to-the-end.ts';
import type { Found, ProjectOrder } from './project-until-killed.ts';

const KILLS = killsOf(20, 10);
const CUSTOMERS = 100;
/**
 * Share of the remaining events that a run gets as one batch, so that the log outlasts all kills.
 */
const shareOf = (left: number, kills: number) => left / (KILLS - kills + 8) / 4;
const TABLES = [
  'moments',
  'moments',
  'journeys',
  'customers',
  'trust_changes',
  'checkpoints',
  'checkpoints',
  'writers',
];
/** Faults of any statement: refused, hung, executed without an answer, out of memory. */
const ANY_STATEMENT: FaultKind[] = [
  'refused',
  'never answered',
  'executed, never answered',
  'executed, then cut',
  'bad gateway',
  'out of memory',
];
/**
 * Faults of inserts: `held` ones arrive too late for their sender, which is killed or has given up
 * meanwhile.
 */
const INSERTS: FaultKind[] = [...ANY_STATEMENT, 'held', 'held', 'held'];
/** A short timeout, so that a server that never answers costs little. */
const IMPATIENT = '?request_timeout=1200';
/** In one of this many runs the test freezes the server, or kills it. */
const FROZEN_EVERY = 5;
const LOST_EVERY = 8;
/** Time after which faults end if a run has not written yet, ms. */
const RELIEF_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'touchstone-faults-'));
const eventStoreUrl = `sqlite:${folder}/events.db`;
const chance = chanceOfRun();
let server: ClickHouseServer;
let program: ReturnType<typeof doomedProgram<ProjectOrder>>;

beforeAll(async () => {
  server = await startClickHouseServer();
  program = doomedProgram<ProjectOrder>('project-until-killed.ts');
});
afterAll(async () => {
  await program?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('ClickHouse refuses, hangs, answers late and dies while projectors are killed: every table is that of a clean rebuild', async () => {
  onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
  const log = madeUpLog(CUSTOMERS, chance);
  const store = await openEventStore(eventStoreUrl);
  await store.append(log.events);
  await store.close();
  const readModels = await openReadModels(server.url);
  const { number: generation } = await readModels.createGeneration('{}');

  let held: RaisedFault[] = [];
  const met = new Set<FaultKind>();
  const due = [...ANY_STATEMENT];
  let found: Found | undefined;
  for (let kills = 0; kills < KILLS; kills++) {
    for (let count = chance.whole(1, 3); count > 0; count--) await raiseOne();
    const left = found === undefined ? log.events.length : Number(found.head - found.position);
    const run = program.run({
      eventStoreUrl,
      clickhouseUrl: server.url + IMPATIENT,
      generation,
      definitions: [shop],
      threads: 1,
      batch: Math.max(2, Math.round(shareOf(left, kills) * chance.between(0.3, 1.7))),
      customers: chance.pick([5, 500]),
    });
    const [isFrozen, isLost] = [kills % FROZEN_EVERY === 1, kills % LOST_EVERY === 3];
    if (isFrozen) await freezeAt(run);
    if (isLost) await loseAt(run);
    found = await run.hears<Found>('resumed');
    expect(found.position).toBeLessThan(found.head);
    if (!isFrozen && !isLost && due.length > 0) await meetForCertain(due.shift()!);
    await hearsInTime(run, chance.pick(['folded 1', 'written 1', 'written 2']));
    // Inserts held back from earlier runs arrive now, or after this run is gone too.
    if (chance.happens(0.5)) for (const late of held.splice(0)) await late.release();
    await pause(chance.between(0, 300));
    await run.kill();
  }
  server.mend();
  console.log(`seed ${chance.seed}: ${log.events.length} events; ${[...met].join('; ')}`);
  expect(due).toEqual([]);
  expect([...met]).toEqual(expect.arrayContaining(ANY_STATEMENT));
  for (const late of held) await late.release();
  const undisturbed = await openEventStore(eventStoreUrl);
  await projectToTheEnd(undisturbed, readModels, generation);
  await expectAsRebuilt({ store: undisturbed, readModels, generation, log });
  await readModels.close();
  await undisturbed.close();

  async function raiseOne(): Promise<void> {
    const isInsert = chance.happens(0.8);
    const kind = chance.pick(isInsert ? INSERTS : [...ANY_STATEMENT, 'answer cut' as const]);
    const matching = isInsert ? `INSERT INTO touchstone_${generation}.${chance.pick(TABLES)} ` : 'SELECT';
    const fault = await server.fail(kind, matching, chance.whole(1, 2));
    if (kind === 'held') held.push(fault);
    void fault.hit(1).then(() => met.add(kind));
  }
  /**
   * Ends the faults in time: those left by earlier runs pile up, and a writer that meets eight in a
   * row waits for a minute.
   */
  async function hearsInTime(run: DoomedRun, what: string): Promise<void> {
    const relief = setTimeout(server.mend, RELIEF_MS);
    await run.hears(what).finally(() => clearTimeout(relief));
  }
  /** Meets the fault at a checkpoint, which each projector reaches once other faults have ended. */
  async function meetForCertain(kind: FaultKind): Promise<void> {
    for (let tries = 0; tries < 4; tries++) {
      const fault = await server.fail(kind, `INSERT INTO touchstone_${generation}.checkpoints `);
      const isHit = fault.hit().then(() => true);
      if (await Promise.race([isHit, pause(RELIEF_MS, false, { ref: false })])) return void met.add(kind);
      server.mend();
    }
  }
  async function freezeAt(run: DoomedRun): Promise<void> {
    await run.hears(chance.pick(['resumed', 'folded 1', 'written 1']));
    server.freeze();
    await pause(chance.between(200, 2_000));
    server.thaw();
  }
  async function loseAt(run: DoomedRun): Promise<void> {
    await run.hears(chance.pick(['resumed', 'folded 1', 'written 1']));
    await pause(chance.between(0, 150));
    await server.kill();
    held = [];
    await server.restart();
  }
}, 1_500_000);
