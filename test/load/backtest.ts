import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { heartbeatSchema, objectiveSchema } from '@touchstone/api';
import { DAY_MS } from '@touchstone/journey';
import { testHeartbeat, testObjective } from '@touchstone/operations';
import { openReadModels } from '@touchstone/read-models';
import { type BenchRow, figure } from './measure.ts';

const MOMENTS = Number(process.env.BACKTEST_MOMENTS ?? 10_000_000);
const SLICE = 1_000_000;
const YEAR_MS = 365 * DAY_MS;
const FROM = Date.parse('2025-01-01T00:00:00Z');
const GOAL_S = 10;

/**
 * Moments of one touchpoint over a year: one in a thousand fails, one in twenty is stored up to a
 * day late, and every tenth day has an outage of ten minutes.
 */
const moments = (first: number, last: number) => `
  INSERT INTO touchstone_1.moments (position, recorded_at, time, event_id, source, type, customer_id, journey_id, journey_type, touchpoint, channel, outcome)
  SELECT number + 1, fromUnixTimestamp64Milli(ms + if(number % 20 = 0, rand(1) % 86400000, rand(2) % 3000), 'UTC'), fromUnixTimestamp64Milli(ms, 'UTC'),
    toString(number), '/shop', 'touchstone.moment.recorded.v1', concat('c', toString(number % 200000)), concat('j', toString(number % 1000000)), 'order',
    'payment.approved', 'web', if(rand(3) % 1000 = 0 OR (ms % 864000000) < 600000, 'failed', 'succeeded')
  FROM (SELECT number, toInt64(${FROM} + number * ${YEAR_MS / MOMENTS}) AS ms FROM numbers(${first}, ${last - first}))`;

/** Measures back-tests over a year of {@link MOMENTS} moments at one touchpoint, at rest. */
export async function benchBacktest(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-backtest-'));
  try {
    const readModels = await openReadModels(`chdb:${folder}`);
    try {
      const { number: generation } = await readModels.createGeneration('{}');
      for (let first = 0; first < MOMENTS; first += SLICE) {
        await readModels.clickhouse.command(moments(first, Math.min(first + SLICE, MOMENTS)));
      }
      const source = { clickhouse: readModels.clickhouse, generation };
      const objective = objectiveSchema.parse({ touchpoint: 'payment.approved', objective: 0.995 });
      const heartbeat = heartbeatSchema.parse({
        touchpoint: 'payment.approved',
        silentAfter: 'PT2H',
        hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '20:00', timeZone: 'Europe/Berlin' },
      });
      const rows: BenchRow[] = [];
      for (const clock of ['stored', 'event'] as const) {
        const span = { from: FROM, to: FROM + YEAR_MS, clock };
        rows.push(
          await seconds(`a year's back-test of an objective, ${clock}`, () => testObjective(source, objective, span)),
        );
        rows.push(
          await seconds(`a year's back-test of a heartbeat, ${clock}`, () => testHeartbeat(source, heartbeat, span)),
        );
      }
      return rows;
    } finally {
      await readModels.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function seconds(name: string, test: () => Promise<{ readonly alerts: readonly unknown[] }>): Promise<BenchRow> {
  const begun = performance.now();
  const { alerts } = await test();
  const took = (performance.now() - begun) / 1000;
  const words = `${name}: ${MOMENTS.toLocaleString('en')} moments, ${alerts.length} alerts`;
  return figure(words, took, 's', MOMENTS >= 10_000_000 ? GOAL_S : null);
}
