import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { memoryMb, projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { ask, startChild } from './child-processes.ts';
import type { LoadOrder, LoadReport } from './http-load.ts';
import { type BenchRow, figure, median, quantile } from './measure.ts';

const EVENTS = 1_000_000;
const EVENTS_PER_REQUEST = 500;
/** Rounds of rest followed by load; the first quarter of the events serves to find the limit. */
const ROUNDS = 5;
/** How often each query runs per round, at rest and under load. */
const TURNS = 20;
/** Number of events per round that are published and awaited under load. */
const PROBES = 20;
const PROBES_MIN = 8;
const QUERIES = ['/v1/touchpoints/failure-rates?by=touchpoint,channel', '/v1/journeys?limit=50', '/v1/overview'];

/**
 * Measures the whole system as `pnpm start` runs it, in a process of its own, with the load from
 * another: time until an event is visible, query times under load, start time, and memory with a
 * million events.
 */
export async function benchSystem(options: { readonly events?: number } = {}): Promise<BenchRow[]> {
  const count = options.events ?? EVENTS;
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  let system = await startSystem(folder, { LOG_LEVEL: 'info' });
  try {
    const limit = await findLimit(system, Math.round(count / 4 / EVENTS_PER_REQUEST));
    const rounds = await measureRounds(system, {
      requests: Math.round((3 * count) / 4 / ROUNDS / EVENTS_PER_REQUEST),
      eventsPerSecond: limit.followed / 2,
    });
    const atRestMb = await memoryMb(system);
    await system.stop();
    const begun = performance.now();
    system = await startSystem(folder, { LOG_LEVEL: 'info' });
    const startMs = performance.now() - begun;
    const restartedMb = await memoryMb(system);
    const rebuilding = await rebuildAgain(system);
    return [
      figure('system: taken in, at most', limit.taken, 'events/s', null),
      figure('system: taken in and projected, at most', limit.followed, 'events/s', null, 'the limit of the next'),
      ...visibility(
        'in its own answer',
        rounds.flatMap(({ visible }) => visible.itself),
      ),
      ...visibility(
        'in lists',
        rounds.flatMap(({ visible }) => visible.listed),
      ),
      ...QUERIES.map((path, index) => slowdown(path, rounds, index)),
      figure(
        'system: at rest after the load',
        median(rounds.map(({ drainedMs }) => drainedMs)),
        'ms',
        null,
        'how far the projection lagged',
      ),
      figure(`system: start with ${count} events`, startMs, 'ms', 3000, '≤ 3 s'),
      figure('system: memory at rest, after a start', restartedMb, 'MB', 700, '≤ 700 MB'),
      figure('system: memory at rest, after the load', atRestMb, 'MB', null, 'with customers at hand'),
      figure('system: peak memory while rebuilding', rebuilding.peakMb, 'MB', 2000, '≤ 2 GB'),
      figure('system: rebuild, compared and switched', count / rebuilding.seconds, 'events/s', null),
    ];
  } finally {
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Events per second: ingested, and ingested and projected. A rate that the projection cannot follow
 * is not the system's limit.
 */
async function findLimit(system: SystemProcess, requests: number) {
  const { run } = await prepareLoad(system, { requests, seed: 1 });
  const begun = performance.now();
  const { eventsPerSecond } = await run();
  await projected(system);
  const seconds = (performance.now() - begun) / 1000;
  return { taken: eventsPerSecond, followed: (requests * EVENTS_PER_REQUEST) / seconds };
}

/** Measurements of one round; p50 of each query in ms. */
interface Round {
  /**
   * At rest, just before and just after the load, so with the same average number of events as
   * under load.
   */
  readonly idle: readonly number[];
  readonly busy: readonly number[];
  readonly visible: VisibleTimes;
  readonly drainedMs: number;
}

/** Rest and load alternate, so that neither has more events or a faster machine. */
async function measureRounds(
  system: SystemProcess,
  load: Pick<LoadOrder, 'requests' | 'eventsPerSecond'>,
): Promise<Round[]> {
  const rounds: Round[] = [];
  let before: number[] | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    // Builds its requests before the measurement, which takes a whole core.
    const { run } = await prepareLoad(system, { ...load, seed: 2 + round });
    before ??= await queriesAtRest(system);
    let isUnderLoad = true;
    const underLoad = run().then(() => {
      isUnderLoad = false;
    });
    await pause(WARM_UP_MS);
    const busy = await queryTimes(system);
    const visible = await visibleTimes(system, () => isUnderLoad);
    if (visible.listed.length < PROBES_MIN) throw new Error('The load was over too soon: measure with more events.');
    await underLoad;
    const drainedMs = await projected(system);
    const after = await queriesAtRest(system);
    rounds.push({ idle: before.map((ms, index) => (ms + after[index]!) / 2), busy, visible, drainedMs });
    before = after;
  }
  return rounds;
}

/** Pause after a change of load, until merges in particular are over. */
const WARM_UP_MS = 1000;

async function queriesAtRest(system: SystemProcess): Promise<number[]> {
  await pause(WARM_UP_MS);
  return queryTimes(system);
}

function visibility(where: string, times: readonly number[]): BenchRow[] {
  const name = `system: publish → visible ${where} at half the limit`;
  return [
    figure(`${name}, p50`, quantile(times, 0.5), 'ms', 200, '≤ 200 ms'),
    figure(`${name}, p99`, quantile(times, 0.99), 'ms', 1000, '≤ 1 s'),
  ];
}

function slowdown(path: string, rounds: readonly Round[], index: number): BenchRow {
  return {
    name: `system: ${path.split('?')[0]} while ingesting`,
    goalText: '≤ 2 of the same idle, p50',
    floor: median(rounds.map(({ idle }) => idle[index]!)),
    product: median(rounds.map(({ busy }) => busy[index]!)),
    ratio: median(rounds.map(({ idle, busy }) => busy[index]! / idle[index]!)),
    goal: 2,
    atMost: true,
    unit: 'ms',
  };
}

/** Starts a load generator in a process of its own, with all its requests built. */
export async function prepareLoad(
  system: Pick<SystemProcess, 'url'>,
  order: Pick<LoadOrder, 'requests' | 'seed' | 'eventsPerSecond'>,
): Promise<{ run(): Promise<LoadReport> }> {
  const child = startChild('./http-load.ts');
  const port = Number(new URL(system.url).port);
  await ask(child, { port, eventsPerRequest: EVENTS_PER_REQUEST, connections: 8, ...order });
  return {
    async run() {
      const report = await ask<LoadReport>(child, 'go');
      child.kill();
      if (report.failures > 0) throw new Error(`${report.failures} requests were not answered 200`);
      return report;
    },
  };
}

/** Times (ms) from sending an event until an answer shows it; only events sent under load. */
interface VisibleTimes {
  /** The journey's own answer, which comes from the log and is current without waiting. */
  readonly itself: readonly number[];
  /** A list, which comes from the read model. */
  readonly listed: readonly number[];
}

let probes = 0;

async function visibleTimes({ url }: SystemProcess, isUnderLoad: () => boolean): Promise<VisibleTimes> {
  const itself: number[] = [];
  const listed: number[] = [];
  for (let probe = 0; probe < PROBES && isUnderLoad(); probe++) {
    const customer = `probe-${++probes}`;
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
    await pause(20);
  }
  return { itself, listed };
}

/**
 * p50 of each query, ms. The queries take turns, so that merges and garbage collections affect all
 * of them.
 */
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

/** Fills a new read model beside the old one and switches to it, as an operator would. */
async function rebuildAgain(system: SystemProcess): Promise<{ readonly peakMb: number; readonly seconds: number }> {
  const begun = performance.now();
  let peakMb = 0;
  await request(`${system.url}/v1/rebuild`, {});
  for (;;) {
    peakMb = Math.max(peakMb, await memoryMb(system));
    const { state, error } = await request<{ state: string; error: string | null }>(`${system.url}/v1/rebuild`);
    if (state === 'done') return { peakMb, seconds: (performance.now() - begun) / 1000 };
    if (state !== 'running') throw new Error(`The rebuild is ${state}: ${error}`);
    await pause(100);
  }
}
