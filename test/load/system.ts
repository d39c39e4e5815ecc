import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import type { LoadOrder, LoadReport } from './http-load.ts';
import { type BenchRow, median } from './measure.ts';

const EVENTS = 1_000_000;
const EVENTS_PER_REQUEST = 500;
/** How often each of them is asked. */
const TURNS = 40;
const QUERIES = ['/v1/touchpoints/failure-rates?by=touchpoint,channel', '/v1/journeys?limit=50', '/v1/overview'];

/**
 * The whole system as `pnpm start` runs it, in a process of its own, loaded over HTTP from another: what is visible when, what queries cost meanwhile, how fast it
 * starts and how much memory it takes with a million events.
 */
export async function benchSystem(options: { readonly events?: number } = {}): Promise<BenchRow[]> {
  const count = options.events ?? EVENTS;
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  let system = await startSystem(folder, { LOG_LEVEL: 'info' });
  try {
    const third = Math.round(count / 3 / EVENTS_PER_REQUEST);
    const full = await (await prepareLoad(system, { requests: third, seed: 1 })).run();
    await rest(system, 600_000);
    const idle = await queryTimes(system);
    const half = full.eventsPerSecond / 2;
    // Its requests are made before anything is measured: that takes a whole core.
    const prepared = await prepareLoad(system, { requests: third * 2, seed: 2, eventsPerSecond: half });
    const underLoad = prepared.run();
    let isUnderLoad = true;
    void underLoad.then(() => {
      isUnderLoad = false;
    });
    const busy = await queryTimes(system);
    const visible = await visibleTimes(system, () => isUnderLoad);
    await underLoad;
    const drainedMs = await rest(system, 600_000);
    const atRestMb = await memoryMb(system);
    await system.stop();
    const begun = performance.now();
    system = await startSystem(folder, { LOG_LEVEL: 'info' });
    const startMs = performance.now() - begun;
    const restartedMb = await memoryMb(system);
    const rebuilding = await rebuildAgain(system);
    return [
      figure(
        'system: ingest limit, projecting meanwhile',
        full.eventsPerSecond,
        'events/s',
        null,
        'no goal of its own',
      ),
      ...visibility('in its own answer', visible.itself),
      ...visibility('in lists', visible.listed),
      ...QUERIES.map((path, index) => slowdown(path, idle[index]!, busy[index]!)),
      figure('system: at rest after the load', drainedMs, 'ms', null, 'how far the projection lagged'),
      figure(`system: start with ${count} events`, startMs, 'ms', 3000, '≤ 3 s'),
      figure('system: memory at rest, after a start', restartedMb, 'MB', 700, '≤ 700 MB'),
      figure('system: memory at rest, after the load', atRestMb, 'MB', null, 'with customers at hand'),
      figure('system: peak memory while rebuilding', rebuilding.peakMb, 'MB', 2000, '≤ 2 GB'),
      figure(
        'system: rebuild, compared and switched',
        count / rebuilding.seconds,
        'events/s',
        null,
        'no goal of its own',
      ),
    ];
  } finally {
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function figure(name: string, product: number, unit: string, goal: number | null, goalText: string): BenchRow {
  return { name, goalText, floor: null, product, ratio: null, goal, atMost: true, unit };
}

function visibility(where: string, times: readonly number[]): BenchRow[] {
  const name = `system: publish → visible ${where} at half the limit`;
  return [
    figure(`${name}, p50`, quantile(times, 0.5), 'ms', 200, '≤ 200 ms'),
    figure(`${name}, p99`, quantile(times, 0.99), 'ms', 1000, '≤ 1 s'),
  ];
}

function slowdown(path: string, idle: number, busy: number): BenchRow {
  const name = `system: ${path.split('?')[0]} while ingesting`;
  return {
    name,
    goalText: '≤ 2 of the same idle, p50',
    floor: idle,
    product: busy,
    ratio: busy / idle,
    goal: 2,
    atMost: true,
    unit: 'ms',
  };
}

/** A generator of load in a process of its own, with all its requests made. */
async function prepareLoad(
  system: SystemProcess,
  order: Pick<LoadOrder, 'requests' | 'seed' | 'eventsPerSecond'>,
): Promise<{ run(): Promise<LoadReport> }> {
  const child: ChildProcess = fork(new URL('./http-load.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  const port = Number(new URL(system.url).port);
  child.send({ port, eventsPerRequest: EVENTS_PER_REQUEST, connections: 8, ...order });
  await once(child, 'message');
  return {
    async run() {
      child.send('go');
      const [report] = (await once(child, 'message')) as [LoadReport];
      child.kill();
      if (report.failures > 0) throw new Error(`${report.failures} requests were not answered 200`);
      return report;
    },
  };
}

/** Wait until everything published is projected; how long that took. */
async function rest(system: SystemProcess, patienceMs: number): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const { log, projected } = await request<{ log: string; projected: string }>(`${system.url}/v1/position`);
    if (log === projected) return performance.now() - begun;
    if (performance.now() - begun > patienceMs) throw new Error(`projected ${projected} of ${log} only`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** From sending an event until an answer shows it, ms; only what was sent while there was load. */
interface VisibleTimes {
  /** The journey's own answer, which comes from the log: there at once, so it need not be waited for. */
  readonly itself: readonly number[];
  /** A list, which comes from the read model. */
  readonly listed: readonly number[];
}

async function visibleTimes({ url }: SystemProcess, isUnderLoad: () => boolean): Promise<VisibleTimes> {
  const itself: number[] = [];
  const listed: number[] = [];
  for (let probe = 0; probe < 100 && isUnderLoad(); probe++) {
    const customer = `probe-${probe}`;
    const begun = performance.now();
    const { position } = await request<{ position: string }>(`${url}/v1/events`, {
      specversion: '1.0',
      id: '1',
      source: '/probe',
      type: 'touchstone.moment.recorded.v1',
      subject: customer,
      time: new Date().toISOString(),
      data: {
        journeyId: customer,
        journeyType: 'probe',
        touchpoint: 'desk.asked',
        channel: 'web',
        outcome: 'succeeded',
      },
    });
    await request(`${url}/v1/journeys/${customer}?customerId=${customer}`);
    itself.push(performance.now() - begun);
    const headers = { 'touchstone-after': position };
    const { items } = await request<{ items: unknown[] }>(
      `${url}/v1/journeys?customerId=${customer}`,
      undefined,
      headers,
    );
    if (items.length !== 1) throw new Error(`${customer} is not visible at ${position}`);
    listed.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (listed.length < 20) throw new Error('The load was over before enough was measured: measure with more events.');
  return { itself, listed };
}

/** p50 of each query, ms. They take turns, so that a merge or a collection that happens to run falls on all of them. */
async function queryTimes({ url }: SystemProcess): Promise<number[]> {
  const times: number[][] = QUERIES.map(() => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [at, path] of QUERIES.entries()) {
      const begun = performance.now();
      await request(`${url}${path}`);
      times[at]!.push(performance.now() - begun);
    }
  }
  return times.map(median);
}

/** Fill a new read model beside the old one and switch to it, as an operator would. */
async function rebuildAgain(system: SystemProcess): Promise<{ readonly peakMb: number; readonly seconds: number }> {
  const begun = performance.now();
  let peakMb = 0;
  await request(`${system.url}/v1/rebuild`, {});
  for (;;) {
    peakMb = Math.max(peakMb, await memoryMb(system));
    const { state, error } = await request<{ state: string; error: string | null }>(`${system.url}/v1/rebuild`);
    if (state === 'done') return { peakMb, seconds: (performance.now() - begun) / 1000 };
    if (state !== 'running') throw new Error(`The rebuild is ${state}: ${error}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function memoryMb({ url }: SystemProcess): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)![1]) / 1e6;
}

function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))]!;
}
