import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createLogger, readConfig } from '@touchstone/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { FigureSources } from './product-figures.ts';
import { measureProduct, type ProductMetricsOptions } from './product-metrics.ts';
import { startTouchstone } from './start-touchstone.ts';

const logger = createLogger({ level: 'silent' });

/** Generous limits, so that a busy test machine does not fail the test. */
const PATIENCE = { waitMs: 10_000, takesMaxMs: 10_000, keptMaxMs: 10_000 };

/** Value of a series as Prometheus reads it; undefined if it is absent. */
type Figure = (series: string) => number | undefined;

async function scrape(options: ProductMetricsOptions): Promise<Figure> {
  const app = await createHttpServer({ logger });
  measureProduct(app.metrics, { patience: PATIENCE, ...options });
  const answer = await app.inject('/metrics');
  await app.close();
  expect(answer.statusCode).toBe(200);
  return figuresOf(answer.body);
}

function figuresOf(text: string): Figure {
  const series = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
  return (name) => series.get(name);
}

function moment(n: number, outcome: string) {
  return {
    specversion: '1.0',
    id: String(n),
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    subject: `customer-${n}`,
    time: `2026-03-01T10:00:0${n}Z`,
    data: { journeyId: `o-${n}`, journeyType: 'order', touchpoint: 'payment', channel: 'web', outcome },
  };
}

interface Published {
  readonly position: string;
  readonly accepted: number;
  readonly problems: readonly { readonly index: number; readonly code: string }[];
}

async function publish(url: string, events: readonly object[]): Promise<Published> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  return (await answer.json()) as Published;
}

test('a running system shows where every event is, and what it holds, and takes of a customer no more than its limit says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-metrics-'));
  const environment = { TOUCHSTONE_DATA: folder, PORT: '0', CLOCK: 'log', CUSTOMER_EVENTS_MAX: '2' };
  const running = await startTouchstone(readConfig(environment), logger);
  onTestFinished(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const promise = {
    ...moment(4, ''),
    type: 'touchstone.promise.made.v1',
    data: {
      journeyId: 'o-4',
      journeyType: 'order',
      promiseId: 'p',
      what: 'there by noon',
      dueAt: '2026-03-02T12:00:00Z',
    },
  };
  const events = [moment(1, 'succeeded'), moment(2, 'failed'), moment(3, 'so-so'), promise];
  const { position } = await publish(running.url, events);
  await fetch(`${running.url}/v1/customers`, { headers: { 'touchstone-after': position } });

  const figure = await vi.waitFor(
    async () => {
      const told = figuresOf(await (await fetch(`${running.url}/metrics`)).text());
      expect(['positions', 'state'].map((group) => told(`touchstone_figures_missing{figures="${group}"}`))).toEqual([
        0, 0,
      ]);
      return told;
    },
    { timeout: 30_000, interval: 200 },
  );

  expect(figure('touchstone_events_total{verdict="rejected"}')).toBe(1);
  expect(figure('touchstone_events_accepted')).toBe(3);
  expect(figure('touchstone_events_stored')).toBe(3);
  expect(figure('touchstone_events_projected')).toBe(3);
  expect(figure('touchstone_events_parked')).toBe(0);
  expect(figure('touchstone_log_position')).toBeGreaterThanOrEqual(Number(position));
  expect(figure('touchstone_projected_position')).toBeGreaterThanOrEqual(Number(position));
  expect(figure('touchstone_conservation_gap{between="accepted and stored"}')).toBe(0);
  expect(figure('touchstone_generation_in_force')).toBe(1);
  expect(figure('touchstone_customers{stage="none"}')).toBe(3);
  expect(figure('touchstone_promises{state="open"}')).toBe(1);
  expect(figure('touchstone_read_model_bytes{table="moments"}')).toBeGreaterThan(0);
  expect(figure('touchstone_rebuild_state{state="none"}')).toBe(1);
  expect(figure('touchstone_disk_free_bytes')).toBeGreaterThan(0);
  for (const [check, needed] of Object.entries({ 'event store': 'yes', 'read model': 'yes', projector: 'no' }))
    expect(figure(`touchstone_check_up{check="${check}",needed="${needed}"}`), check).toBe(1);
  for (const group of ['positions', 'state', 'disk'])
    expect(figure(`touchstone_figures_missing{figures="${group}"}`), group).toBe(0);

  const ofOne = [5, 6, 7].map((n) => ({ ...moment(n, 'succeeded'), subject: 'customer-5' }));
  const { accepted, problems } = await publish(running.url, ofOne);
  expect([accepted, problems]).toMatchObject([2, [{ index: 2, code: 'customer_full' }]]);
});

type Query = (sql: string) => Promise<unknown[]>;

/** A read model with three events and no customers. */
const threeMoments: Query = async (sql) =>
  sql.includes('checkpoints') ? [{ position: '3', moments: 3, parked: 0, cut: 0 }] : [];

/** A log of three events by default, beside a read model that holds three up to position 3. */
function sources(change: { readonly stored?: number; readonly log?: bigint; readonly query?: Query } = {}) {
  const stored = change.stored ?? 3;
  return {
    store: {
      counts: async () => ({ accepted: stored, stored }),
      head: async () => change.log ?? 3n,
      readAll: async function* () {
        yield [{ recordedAt: Date.now() - 60_000, body: '{}' }];
      },
    },
    readModels: { clickhouse: { query: change.query ?? threeMoments } },
    generation: () => 1,
    projected: () => 3n,
    rebuild: { status: () => ({ state: 'none', position: null, target: null }) },
    lostEvents: async () => 0,
    dataFolder: tmpdir(),
  } as unknown as FigureSources;
}

test('an event that is missing at rest is shown as a gap', async () => {
  const figure = await scrape(sources({ stored: 5 }));

  expect(figure('touchstone_conservation_gap{between="stored and projected"}')).toBe(2);
  expect(figure('touchstone_conservation_checked_timestamp_seconds')).toBeGreaterThan(0);
});

test('events on their way are no gap', async () => {
  const figure = await scrape(sources({ stored: 5, log: 5n }));

  expect(figure('touchstone_conservation_gap{between="accepted and stored"}')).toBe(0);
  expect(figure('touchstone_conservation_gap{between="stored and projected"}')).toBeUndefined();
  expect(figure('touchstone_projection_lag_seconds')).toBeGreaterThanOrEqual(60);
});

test('what the watch over each minute has found is shown by source', async () => {
  const conservation = () => ({ checkedUntil: 1_800_000_060_000, gaps: new Map([['/shop', 3]]) });
  const figure = await scrape({ ...sources(), conservation });
  expect(figure('touchstone_conservation_checked_until_seconds')).toBe(1_800_000_060);
  expect(figure('touchstone_conservation_gap_events{source="/shop"}')).toBe(3);

  const early = await scrape({
    ...sources(),
    conservation: () => ({ checkedUntil: null, gaps: new Map() }),
  });
  expect(early('touchstone_conservation_checked_until_seconds')).toBeUndefined();
});

test('a read model that fails leaves its figures out, says so, and takes no others with it', async () => {
  const failing = () => Promise.reject(new Error('refused'));
  const figure = await scrape(sources({ query: failing }));

  expect(figure('touchstone_figures_missing{figures="positions"}')).toBe(1);
  expect(figure('touchstone_events_stored')).toBeUndefined();
  expect(figure('touchstone_projection_lag_seconds')).toBeUndefined();
  expect(figure('touchstone_disk_free_bytes')).toBeGreaterThan(0);
  expect(figure('process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('all figures of a scrape come from one reading, which the next scrape has again while it is fresh', async () => {
  let queries = 0;
  const counted: Query = (sql) => {
    queries += 1;
    return threeMoments(sql);
  };
  const app = await createHttpServer({ logger });
  measureProduct(app.metrics, { ...sources({ query: counted }), keepMs: () => 60_000, patience: PATIENCE });
  await app.inject('/metrics');
  const once = queries;
  await app.inject('/metrics');
  await app.close();

  // One read each: positions; and state (customers, journeys, promises, trust changes, table
  // sizes).
  expect(once).toBe(3);
  expect(queries).toBe(once);
});

test('a scrape waits for no server: what hangs is left out at once, and so are the checks of it', async () => {
  const hanging = new Promise<never>(() => {});
  const checks = [{ name: 'event store', run: () => hanging }];
  const app = await createHttpServer({ logger, checks });
  onTestFinished(() => app.close());
  measureProduct(app.metrics, sources({ query: () => hanging }));
  const { statusCode, body } = await app.inject('/metrics');
  const figure = figuresOf(body);
  expect(statusCode).toBe(200);
  expect(figure('touchstone_figures_missing{figures="positions"}')).toBe(1);
  expect(figure('touchstone_check_up{check="event store",needed="yes"}')).toBeUndefined();
  expect(figure('touchstone_disk_free_bytes')).toBeGreaterThan(0);
  expect(figure('process_resident_memory_bytes')).toBeGreaterThan(0);
});
