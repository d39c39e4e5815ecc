import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { decodeMeasures, encodeMeasures, policyV1 } from '@touchstone/journey';
import type { Generation, ReadModels } from '@touchstone/read-models';
import { createLogger, Problem } from '@touchstone/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rows } from '../generations/rows.ts';
import type { Filling } from '../workers.ts';
import { type ClaimRebuild, ownClaim } from './claim.ts';
import { openRebuilds } from './rebuilds.ts';
import { sharedClaim } from './shared-claim.ts';

/** The lifecycle of a rebuild over both claims; how rows are compared is tested elsewhere. */

const logger = createLogger({ level: 'silent' });
const FULL = 'There is no space left on the disk.';
const full = async () => {
  throw new Error(FULL);
};
const text = encodeMeasures(policyV1, [], 'wall');
let folder: string;
let store: EventStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-rebuilds-'));
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
});
afterAll(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Tables in memory: generation 1 is in force. */
function tables() {
  const generations = new Map<number, Generation>();
  let inForce = 1;
  let isClaimed = false;
  const of = (number: number): Generation => ({
    number,
    measures: text,
    log: '',
    isInForce: number === inForce,
    kept: null,
    distrusted: null,
    createdAt: 0,
  });
  const create = async (): Promise<Generation> => {
    const number = Math.max(...generations.keys()) + 1;
    generations.set(number, of(number));
    return of(number);
  };
  const switchTo = async (number: number): Promise<void> => {
    inForce = number;
  };
  generations.set(1, of(1));
  const readModels = {
    clickhouse: { query: async () => [] },
    listGenerations: async () => [...generations.keys()].map(of),
    createGeneration: () => readModels.create(),
    create,
    switchTo,
    takeOverLeft: async () => undefined,
    dropGeneration: async (number: number) => void generations.delete(number),
    claimRebuild: async () => {
      if (isClaimed) return { underWay: { generation: 2, since: 0, silentAt: 0 } };
      isClaimed = true;
      const claim = {
        generation: Math.max(...generations.keys()) + 1,
        abandoned: [...generations.keys()],
        create: () => readModels.create(),
        renew: async () => undefined,
        switchFrom: () => readModels.switchTo(claim.generation),
        end: async () => {
          isClaimed = false;
        },
      };
      return { claim };
    },
  };
  return { readModels, numbers: () => [...generations.keys()], inForce: () => inForce };
}

/** Rebuilds over the tables; `fill` holds a filling up. */
function given(claimOf: (readModels: ReadModels) => ClaimRebuild, fill: () => Promise<void> = async () => undefined) {
  const { readModels, ...seen } = tables();
  const asReadModels = readModels as unknown as ReadModels;
  const stopped: number[] = [];
  const inForce = () => ({ generation: seen.inForce(), measures: decodeMeasures(text), projector: filling(0) });
  const filling = (generation: number): Filling => ({
    progress: { position: () => 0n, reached: async () => fill().then(() => true) },
    parked: new Set(),
    stopped: Promise.resolve(),
    fault: () => null,
    interlude: (work) => work(),
    hasDiverged: () => false,
    history: () => undefined,
    stop: async () => void stopped.push(generation),
  });
  const rows: Rows = {
    noticeMs: 0,
    current: inForce,
    inForce,
    whose: () => 'ours',
    isTrusted: () => false,
    look: async () => undefined,
    onDiverged: () => undefined,
    onFilling: () => undefined,
    onEnded: () => undefined,
    goOver: (_next, _isAnnounced, switchOver) => switchOver(),
  };
  const rebuilds = openRebuilds({
    store,
    readModels: asReadModels,
    logger,
    rows,
    startFilling: async ({ generation }) => filling(generation),
    definitions: async () => [],
    now: async () => 0,
    claim: claimOf(asReadModels),
    clockKind: 'wall',
    trial: () => ({ isRunning: () => false, cancel: async () => undefined }),
  });
  const rebuilt = async () => {
    await rebuilds.start();
    await rebuilds.finished();
    return rebuilds.status();
  };
  return { ...seen, readModels, rebuilds, rebuilt, stopped };
}

describe.each([
  ['a process that is alone', ownClaim],
  ['one among several processes', (readModels: ReadModels) => sharedClaim(readModels, logger)],
] as const)('in %s', (_, claimOf) => {
  it('a rebuild switches, and leaves the new generation alone', async () => {
    const { rebuilt, numbers, inForce } = given(claimOf);
    expect(await rebuilt()).toMatchObject({ state: 'done', generation: 2, error: null });
    expect(await rebuilt()).toMatchObject({ state: 'done', generation: 3, error: null });
    expect([numbers(), inForce()]).toEqual([[3], 3]);
  });

  it('one that cannot create its generation fails with the reason, and the next can begin', async () => {
    const { readModels, rebuilt, inForce } = given(claimOf);
    const { create } = readModels;
    readModels.create = full;
    expect(await rebuilt()).toMatchObject({ state: 'failed', generation: null, error: FULL });
    expect(inForce()).toBe(1);
    readModels.create = create;
    expect(await rebuilt()).toMatchObject({ state: 'done' });
  });

  it('one that cannot be filled is stopped and dropped, and the rows in force stay', async () => {
    const { rebuilt, numbers, inForce, stopped } = given(claimOf, full);
    expect(await rebuilt()).toMatchObject({ state: 'failed', generation: 2, error: FULL });
    expect([numbers(), inForce(), stopped]).toEqual([[1], 1, [2]]);
  });

  it('one that cannot switch leaves the rows in force, and nothing behind', async () => {
    const { readModels, rebuilt, numbers, inForce } = given(claimOf);
    readModels.switchTo = full;
    expect(await rebuilt()).toMatchObject({ state: 'failed', error: FULL });
    expect([numbers(), inForce()]).toEqual([[1], 1]);
  });

  it('tables that cannot be dropped hinder no rebuild, and go with a later one', async () => {
    const { readModels, rebuilt, numbers } = given(claimOf);
    const { dropGeneration } = readModels;
    readModels.dropGeneration = full;
    expect(await rebuilt()).toMatchObject({ state: 'done', generation: 2 });
    expect(numbers()).toEqual([1, 2]);
    readModels.dropGeneration = dropGeneration;
    expect(await rebuilt()).toMatchObject({ state: 'done', generation: 3 });
    expect(numbers()).toEqual([3]);
  });

  it('one that is stopped midway says so, and leaves nothing behind', async () => {
    let reach: () => void = () => undefined;
    const filling = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const { rebuilds, numbers, inForce } = given(claimOf, () => filling);
    await rebuilds.start();
    const stopped = rebuilds.stop();
    reach();
    await stopped;
    expect(rebuilds.status()).toMatchObject({ state: 'failed', error: expect.stringContaining('was stopped') });
    expect([numbers(), inForce()]).toEqual([[1], 1]);
  });
});

it('one that loses its right midway does not switch, and says why', async () => {
  const losing = new AbortController();
  const claimOf = (readModels: ReadModels): ClaimRebuild => {
    const claim = ownClaim(readModels);
    return async () => ({ ...(await claim()), lost: losing.signal });
  };
  const { rebuilt, inForce } = given(claimOf, async () => losing.abort(new Error('it is for another to rebuild')));
  expect(await rebuilt()).toMatchObject({ state: 'failed', error: 'it is for another to rebuild' });
  expect(inForce()).toBe(1);
});

it('while another process rebuilds the caller is told, and nothing is begun', async () => {
  const elsewhere: ClaimRebuild = async () => {
    throw new Problem('under_way', 'Another process rebuilds.');
  };
  const { rebuilds, numbers } = given(() => elsewhere);
  await expect(rebuilds.start()).rejects.toMatchObject({ code: 'under_way' });
  await rebuilds.finished();
  expect([rebuilds.status().state, numbers()]).toEqual(['none', [1]]);
});
