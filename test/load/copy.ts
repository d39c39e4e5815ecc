import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { cutNamedIn } from '@touchstone/customer-folds';
import { copyLog, openCopySource, openCopyTarget } from '@touchstone/event-store/copy';
import { startEventStoreDb } from './child-processes.ts';
import { fillLog } from './fill-log.ts';
import { type BenchRow, figure, ratePerSecond } from './measure.ts';

/** Events of the copied log; `COPY_EVENTS=1000000` takes most of an hour. */
const EVENTS = Number(process.env.COPY_EVENTS ?? 10_000);
const FLOOR_APPENDS = 3_000;
const IN_FLIGHT = Number(process.env.COPY_IN_FLIGHT ?? 64);
const GOAL = 0.5;

/**
 * Copies a log from a file to EventStoreDB, one append at a time and with several in flight, and
 * back, each with its proof: every event is read twice on one side, and written and read on the
 * other. The floor is the bare client, one event at a time, to a wire-level server of its own.
 */
export async function benchCopy(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'copy-'));
  const [{ url, child }, other] = [await startEventStoreDb(), await startEventStoreDb()];
  try {
    const file = join(folder, 'events.db');
    await fillLog(file, EVENTS);
    const floor = await bareAppends(url);
    const many = await copied(`sqlite:${file}`, other.url, { isLast: false, inFlight: IN_FLIGHT });
    const there = await copied(`sqlite:${file}`, url, { isLast: true, inFlight: 1 });
    const back = await copied(url, `sqlite:${join(folder, 'back.db')}`, { isLast: false, inFlight: 1 });
    const what = `of ${EVENTS.toLocaleString('en-US')} events`;
    return [
      {
        name: `copy ${what}, embedded → EventStoreDB, with its proof`,
        goalText: `≥ ${GOAL} of the bare client, one append at a time, same server`,
        floor,
        product: there,
        ratio: there / floor,
        goal: GOAL,
        unit: 'events/s',
      },
      figure(`copy ${what}, embedded → EventStoreDB, --in-flight ${IN_FLIGHT}`, many, 'events/s', null),
      figure(`copy ${what}, EventStoreDB → embedded, with its proof`, back, 'events/s', null),
    ];
  } finally {
    child.disconnect();
    other.child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bareAppends(url: string): Promise<number> {
  const client = EventStoreDBClient.connectionString(url);
  const data = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`field${n}`, 'x'.repeat(30)]));
  try {
    return await ratePerSecond(FLOOR_APPENDS, async () => {
      for (let n = 0; n < FLOOR_APPENDS; n++) {
        await client.appendToStream(`floor-${n % 500}`, jsonEvent({ type: 'floor', data }));
      }
    });
  } finally {
    await client.dispose();
  }
}

/**
 * Events per second, from the first read to the end of the proof. The way back does not seal its
 * source (`isLast` is false), because sealing a server waits some seconds.
 */
async function copied(
  from: string,
  to: string,
  { isLast, inFlight }: { readonly isLast: boolean; readonly inFlight: number },
): Promise<number> {
  const [source, target] = [await openCopySource(from), await openCopyTarget(to, inFlight)];
  const signal = new AbortController().signal;
  try {
    return await ratePerSecond(EVENTS, () =>
      copyLog({ source, target, isLast, namedPositionIn: cutNamedIn, signal, onProgress: () => {} }).then(
        () => undefined,
      ),
    );
  } finally {
    await target.close();
    await source.close();
  }
}
