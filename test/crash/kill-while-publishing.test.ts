import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foldCustomer, formatInstant, type JourneyEvent, viewCustomer } from '@touchstone/journey';
import { asCloudEvent, measures, randomHistories, shop } from '@touchstone/journey/testing';
import { openReadModels } from '@touchstone/read-models';
import { afterAll, expect, onTestFailed, test } from 'vitest';
import { chanceOfRun, killsOf } from './chance.ts';
import { expectNoFalseAlarm, expectNothingAside } from './no-false-alarm.ts';
import { request, type SystemProcess, startSystem } from './system-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-kill-'));
const definitions = join(folder, 'shop.json');
writeFileSync(definitions, JSON.stringify(shop));
const environment = { CLOCK: 'log', DEFINITIONS: definitions, LOG_LEVEL: 'info' };
let system: SystemProcess | undefined;

afterAll(async () => {
  await system?.kill();
  rmSync(folder, { recursive: true, force: true });
});

const chance = chanceOfRun();
const KILLS = killsOf(100, 3);
const BATCH = KILLS > 5 ? 10 : 40;

interface Summary {
  accepted: number;
  duplicates: number;
  rejected: number;
  conflicts: number;
  position: string;
}

test('kill -9 at any moment while publishing: what was acknowledged is stored once, projected once, and measured as if undisturbed; and nothing is taken for damaged', async () => {
  onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
  const histories = randomHistories(80, chance.seed);
  const log = histories.flat().sort((a, b) => a.time - b.time || 0);
  // The log's order counts; within a customer it must be that of the history.
  const queues = new Map(histories.map((events) => [events[0]!.customerId, [...events]]));
  const ordered = log.map(({ customerId }) => queues.get(customerId)!.shift()!);
  const killAt = new Set(
    Array.from({ length: KILLS }, (_, index) => Math.floor(((index + 0.5) * ordered.length) / BATCH / KILLS)),
  );

  const data = join(folder, 'data');
  const said: string[] = [];
  system = await startSystem(data, environment);
  let position = '0';
  for (let batch = 0; batch * BATCH < ordered.length; batch++) {
    const events = ordered.slice(batch * BATCH, (batch + 1) * BATCH);
    if (killAt.has(batch)) {
      // The answer may or may not come; earlier batches are acknowledged, and a publisher repeats
      // those that were not.
      const attempt = publish(system.url, events).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, chance.between(0, 60)));
      await system.kill();
      said.push(...system.said());
      await attempt;
      system = await startSystem(data, environment);
    }
    const summary = await publish(system.url, events);
    expect(summary.accepted + summary.duplicates).toBe(events.length);
    ({ position } = summary);
  }

  await request(`${system.url}/v1/journeys?limit=1`, undefined, { 'touchstone-after': position });
  const counts = await request<Record<string, number>>(`${system.url}/v1/position`);
  expect(counts).toMatchObject({
    stored: ordered.length,
    accepted: ordered.length,
    projectedEvents: ordered.length,
    parked: 0,
  });
  const now = Math.max(...ordered.map(({ time }) => time));
  const { items } = await request<{ items: { id: string }[] }>(`${system.url}/v1/customers?limit=500`);
  expect(items).toHaveLength(histories.length);
  for (const events of histories) {
    const { customerId } = events[0]!;
    const {
      history: path,
      journeys,
      next: _next,
      ...summary
    } = viewCustomer(measures, foldCustomer(measures, customerId, events, now)!);
    const listed = { ...summary, since: summary.since === null ? null : formatInstant(summary.since) };
    expect(items.find(({ id }) => id === customerId)).toEqual(listed);
    const single = await request<Record<string, unknown>>(`${system.url}/v1/customers/${customerId}`);
    expect(single.history).toEqual(path.map((change) => ({ ...change, at: formatInstant(change.at) })));
    expect(single.journeys).toHaveLength(journeys.length);
  }
  expect(await system.stop()).toBe(0);
  said.push(...system.said());
  system = undefined;
  const readModels = await openReadModels(`chdb:${join(data, 'clickhouse')}`);
  await expectNoFalseAlarm(readModels, said).finally(readModels.close);
  expectNothingAside(data);
}, 1_500_000);

function publish(url: string, events: readonly JourneyEvent[]): Promise<Summary> {
  return request(`${url}/v1/events`, events.map(asCloudEvent));
}
