import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSystem } from '../crash/system-process.ts';
import { ask, startChild } from './child-processes.ts';
import type { LiveReport } from './live-readers.ts';
import { type BenchRow, figure, median } from './measure.ts';
import { untilProjected } from './progress.ts';
import { prepareLoad } from './system.ts';

const STREAMS = 100;
const ROUNDS = Number(process.env.LIVE_ROUNDS ?? 4);
const REQUESTS = Number(process.env.LIVE_REQUESTS ?? 200);

/**
 * Measures how fast the whole system takes events in with {@link STREAMS} streams of live events
 * open, against the same without any; rounds of both alternate. The readers are another process.
 */
export async function benchLive(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-live-'));
  const system = await startSystem(folder);
  try {
    const alone: number[] = [];
    const beside: number[] = [];
    const reports: LiveReport[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(
        (await (await prepareLoad(system, { requests: REQUESTS, seed: 1 + 2 * round })).run()).eventsPerSecond,
      );
      await untilProjected(system);
      const readers = startChild('./live-readers.ts');
      await ask(readers, { url: system.url, streams: STREAMS });
      const { run } = await prepareLoad(system, { requests: REQUESTS, seed: 2 + 2 * round });
      beside.push((await run()).eventsPerSecond);
      reports.push(await ask<LiveReport>(readers, 'report'));
      readers.kill();
      await untilProjected(system);
    }
    const [product, floor] = [median(beside), median(alone)];
    const goal = 0.8;
    return [
      {
        name: `live: events taken in beside ${STREAMS} streams`,
        goalText: `≥ ${goal} of the same without streams`,
        ...{ floor, product, ratio: product / floor, goal, unit: 'events/s' },
      },
      figure(
        'live: events shown, over all streams',
        median(reports.map(({ perSecond }) => perSecond)),
        'events/s',
        null,
      ),
      figure('live: streams that got events', Math.min(...reports.map(({ streams }) => streams)), 'streams', null),
    ];
  } finally {
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
