import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DAY_MS } from '@touchstone/journey';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { startEventStoreDb } from './child-processes.ts';
import { type BenchRow, figure, quantile } from './measure.ts';
import { untilProjected, untilQuiet } from './progress.ts';
import { sampleEvents } from './sample-events.ts';

/** Number of events for which the goals are meant. */
const GOAL_EVENTS = 1_000_000;
const SLICE = 10_000;
const EVENTS_PER_REQUEST = 500;
const CONNECTIONS = 4;
/**
 * The imported history is this long and ended long ago, so that nearly every deadline in it has
 * passed.
 */
const HISTORY_DAYS = 700;
const OVER_DAYS = 400;
/** Pause between an answer and the next request. */
const ASK_AGAIN_MS = 100;
const GOAL_MS = 1000;
const GOAL_TEXT = `p99 of lists and overview ≤ ${GOAL_MS} ms`;

const QUESTIONS = [
  '/v1/overview',
  '/v1/journeys?limit=50',
  '/v1/customers?limit=50',
  '/v1/promises?limit=50',
  '/v1/trust-changes?limit=50',
];

/**
 * Measures how an import of history delays readers while nearly all its deadlines fall due at once:
 * p99 (ms) of every list and the overview, first during import and projection, then until
 * everything is announced. `IMPORT_DUE_EVENTS=50000` takes a minute.
 */
export async function benchImportDue(): Promise<BenchRow[]> {
  const events = Number(process.env.IMPORT_DUE_EVENTS ?? GOAL_EVENTS);
  const rows: BenchRow[] = [];
  for (const [name, importing] of Object.entries(shapes)) {
    if (name.includes(process.env.IMPORT_DUE ?? '')) rows.push(...(await importing(name, events)));
  }
  return rows;
}

const shapes: Readonly<Record<string, (name: string, events: number) => Promise<BenchRow[]>>> = {
  'embedded, CLOCK=wall': (name, events) => importInto(name, events, { CLOCK: 'wall' }),
  'embedded, CLOCK=log': (name, events) => importInto(name, events, { CLOCK: 'log' }),
  EventStoreDB: async (name, events) => {
    const { url, child } = await startEventStoreDb();
    try {
      return await importInto(name, events, { EVENT_STORE_URL: url });
    } finally {
      child.disconnect();
    }
  },
};

async function importInto(name: string, events: number, environment: Record<string, string>): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-import-'));
  const system = await startSystem(folder, environment);
  const asking = startAsking(system);
  try {
    await publishHistory(system, events);
    await untilProjected(system);
    const during = asking.taken();
    await untilQuiet(system);
    const after = asking.taken();
    console.error(
      `import-due: ${name}: ${during.length} answers while it was imported, ${after.length} until all was announced`,
    );
    return [
      figure(`import-due: ${name}: while it is imported`, quantile(during, 0.99), 'ms', GOAL_MS, GOAL_TEXT),
      figure(`import-due: ${name}: until all is announced`, quantile(after, 0.99), 'ms', GOAL_MS, GOAL_TEXT),
      figure(`import-due: ${name}: answers that were refused`, asking.refused(), 'of all', 0, 'none'),
    ];
  } finally {
    await asking.stop();
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sends one query after the other, until stopped. */
function startAsking({ url }: SystemProcess) {
  let times: number[] = [];
  let refused = 0;
  let isOver = false;
  const asking = (async () => {
    for (let nth = 0; !isOver; nth++) {
      const begun = performance.now();
      const answer = await fetch(url + QUESTIONS[nth % QUESTIONS.length]);
      await answer.arrayBuffer();
      times.push(performance.now() - begun);
      if (!answer.ok) refused++;
      await pause(ASK_AGAIN_MS);
    }
  })();
  asking.catch(() => undefined);
  return {
    /** Times (ms) of the answers since the last call. */
    taken(): number[] {
      const taken = times;
      times = [];
      return taken;
    },
    refused: () => refused,
    async stop() {
      isOver = true;
      await asking;
    },
  };
}

async function publishHistory({ url }: SystemProcess, events: number): Promise<void> {
  const gapMs = (HISTORY_DAYS * DAY_MS) / events;
  let at = Date.now() - (HISTORY_DAYS + OVER_DAYS) * DAY_MS;
  for (let seed = 1; seed <= events / SLICE; seed++) {
    const slice = sampleEvents(SLICE, { seed, startAt: at, gapMs });
    at = Date.parse(slice.at(-1)!.time);
    const batches = Array.from({ length: SLICE / EVENTS_PER_REQUEST }, (_, nth) =>
      slice.slice(nth * EVENTS_PER_REQUEST, (nth + 1) * EVENTS_PER_REQUEST),
    );
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
          await request(`${url}/v1/events`, batch, { 'content-type': 'application/cloudevents-batch+json' });
        }
      }),
    );
  }
}
