import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore } from '@touchstone/event-store';
import { eventTypes } from '@touchstone/journey';
import fc from 'fast-check';
import { type AnyEvent, mutatedEvent } from '../../services/ingest/testing/event-arbitraries.ts';
import { memoryMb, projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { startHealthProbe } from './child-processes.ts';
import { type BenchRow, figure } from './measure.ts';
import { type Answer, send } from './send.ts';

/** Total number of inputs; `FUZZ_COUNT` changes it. */
const COUNT = 100_000;
/**
 * Shares of the total: events written to the log past ingest, and requests of any kind; the rest
 * are events over HTTP.
 */
const PAST_INGEST = 0.3;
const REQUESTS = 0.2;
const BATCH = 50;
const CONNECTIONS = 4;
const HEALTH_GOAL_MS = 250;

/**
 * Writes damaged events into the log, sends damaged events and odd requests to every path of the
 * API, beside other customers' good events. Reports 5xx answers (except 503 with a time to retry),
 * the longest `/healthz`, and missing good events; `FUZZ_SEED` sets the seed.
 */
export async function benchFuzz(): Promise<BenchRow[]> {
  const count = Number(process.env.FUZZ_COUNT ?? COUNT);
  const seed = Number(process.env.FUZZ_SEED ?? 1);
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-fuzz-'));
  await writePastIngest(folder, { count: Math.round(count * PAST_INGEST), seed });
  const system = await startSystem(folder);
  const health = startHealthProbe(system.url);
  const neighbours = new Set<string>();
  try {
    const before = await memoryMb(system);
    const faults = await sendAll(system, { count: Math.round(count * (1 - PAST_INGEST)), seed, neighbours });
    await projected(system);
    const missing = neighbours.size - (await customersOf(system, neighbours));
    const longestMs = await health.longestMs();
    for (const fault of faults.slice(0, 20)) console.error(`fuzz: ${fault}`);
    return [
      figure(`fuzz: of ${count} answered with 5xx, or not at all`, faults.length, 'requests', 0),
      figure('fuzz: good neighbours that are not projected', missing, 'customers', 0),
      figure('fuzz: /healthz, longest', longestMs, 'ms', HEALTH_GOAL_MS),
      figure('fuzz: memory after, beside before', (await memoryMb(system)) / before, 'times', null),
    ];
  } finally {
    health.stop();
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes events into the log as another program or damage might, with arbitrary content, each
 * beside a good one.
 */
async function writePastIngest(folder: string, { count, seed }: { count: number; seed: number }): Promise<void> {
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  for (let at = 0; at < count; at += 500) {
    const damaged = fc.sample(mutatedEvent, { seed: seed + at, numRuns: Math.min(500, count - at) });
    await store.append(
      damaged.map((event, i) => {
        const id = `past-${at + i}`;
        const type = eventTypes[(at + i) % eventTypes.length]!;
        const subject = `past-${(at + i) % 5000}`;
        const body = JSON.stringify({ ...event, id, subject });
        return { stream: `customer-${subject}`, source: '/past', id, type, time: Date.now() - i, body };
      }),
    );
  }
  await store.close();
}

/**
 * Sends everything over HTTP, on several connections. Resolves to sentences about wrong answers.
 */
async function sendAll(
  system: SystemProcess,
  { count, seed, neighbours }: { count: number; seed: number; neighbours: Set<string> },
): Promise<string[]> {
  const paths = await pathsOf(system);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const faults: string[] = [];
  const check = (what: string, { status, retryAfter }: Answer) => {
    if (status >= 200 && status < 500) return;
    if (status === 503 && retryAfter !== undefined) return;
    faults.push(`${status}: ${what.slice(0, 400)}`);
  };
  const requests = Math.round(count * (REQUESTS / (1 - PAST_INGEST)));
  let done = 0;
  const turn = async (nth: number): Promise<void> => {
    const some = { seed: seed + 7_919 * nth, numRuns: BATCH };
    if (done < requests) {
      for (const { method, path, body } of fc.sample(oddRequest(paths), some))
        check(`${method} ${path} ${body}`, await send(`${system.url}${path}`, { agent, method, body }));
      return;
    }
    const name = `neighbour-${nth}`;
    neighbours.add(name);
    const body = JSON.stringify([...fc.sample(mutatedEvent, some), neighbour(name)]);
    check(body, await send(`${system.url}/v1/events`, { agent, body }));
  };
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (done < count) {
        const nth = done / BATCH;
        done += BATCH;
        await turn(nth);
      }
    }),
  );
  agent.destroy();
  return faults;
}

function neighbour(subject: string): AnyEvent {
  const data = { touchpoint: 'desk.asked', channel: 'web', outcome: 'succeeded' };
  const type = 'touchstone.moment.recorded.v1';
  return { specversion: '1.0', id: subject, source: '/good', type, subject, time: new Date().toISOString(), data };
}

/** Number of these customers that the read model knows. */
async function customersOf(system: SystemProcess, wanted: ReadonlySet<string>): Promise<number> {
  let found = 0;
  for (let cursor = ''; ; ) {
    const page = await request<{ items: { id: string }[]; nextCursor: string | null }>(
      `${system.url}/v1/customers?limit=500${cursor}`,
    );
    found += page.items.filter(({ id }) => wanted.has(id)).length;
    if (page.nextCursor === null) return found;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** Each path of the API's own description, except those that start long work of the system. */
async function pathsOf({ url }: SystemProcess): Promise<{ readonly path: string; readonly parameters: string[] }[]> {
  interface Operation {
    readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  }
  const { paths } = await request<{ paths: Record<string, Record<string, Operation>> }>(`${url}/openapi.json`);
  return Object.entries(paths)
    .filter(([path]) => !/rebuild|trial|backup/.test(path))
    .map(([path, operations]) => ({
      path,
      parameters: Object.values(operations).flatMap(({ parameters = [] }) =>
        parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
      ),
    }));
}

const oddText = fc.oneof(
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.constantFrom('', '-1', '1e9', '0', 'null', '%', "'; DROP TABLE journeys --", '9'.repeat(400), 'x'.repeat(5000)),
  fc.constantFrom('2026-03-01T00:00:00Z', '2199-12-31T23:59:59Z', '1970-01-01', 'PT1H', 'P1D', '5', '500', 'desc'),
);

function oddRequest(paths: Awaited<ReturnType<typeof pathsOf>>) {
  return fc.constantFrom(...paths).chain(({ path, parameters }) =>
    fc.record({
      method: fc.constantFrom('GET', 'GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
      path: fc
        .tuple(
          fc.array(oddText, { minLength: 3, maxLength: 3 }),
          fc.array(fc.tuple(fc.constantFrom('x', 'limit', 'cursor', ...parameters), oddText), { maxLength: 6 }),
        )
        .map(([texts, query]) => {
          let at = 0;
          const filled = path.replace(/\{[^}]+\}/g, () =>
            encodeURIComponent(texts[at++ % texts.length]!.slice(0, 600)),
          );
          const search = query
            .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
            .join('&');
          return search === '' ? filled : `${filled}?${search}`;
        }),
      body: fc.oneof(fc.constant(''), fc.json({ maxDepth: 3 }), oddText),
    }),
  );
}
