import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { availableSqliteDrivers, openEventStore } from '@touchstone/event-store';
import { ingestRoutes, refusalOf } from '@touchstone/ingest';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import { ask, startChild } from './child-processes.ts';
import type { LoadOrder, LoadReport } from './http-load.ts';
import { type BenchRow, interleaved, ratePerSecond } from './measure.ts';
import { sampleEvents } from './sample-events.ts';

const BATCH = 500;

/**
 * Measures ingest: validation, batches over HTTP, single events over HTTP. Each against its floor,
 * in the same run.
 */
export async function benchIngest(): Promise<BenchRow[]> {
  return [await benchValidation(), await benchBatches(), await benchSingles()];
}

async function benchValidation(): Promise<BenchRow> {
  const texts = batchTexts(40, 11);
  const parsed = texts.map((text) => JSON.parse(text) as unknown[]);
  const count = BATCH * texts.length;
  const rates = await interleaved({
    rounds: 9,
    variants: {
      floor: () => ratePerSecond(count, () => parseAll(texts)),
      product: () =>
        ratePerSecond(count, () => {
          for (const batch of parsed) {
            for (const event of batch)
              if (refusalOf(event, false) !== undefined) throw new Error('a sample is no event');
          }
        }),
    },
  });
  return row('ingest: validation', '≥ 0.8 of JSON.parse of the same batch', rates, 0.8, 'events/s');
}

async function benchBatches(): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  const bodies = batchTexts(60, 12).map((text) => Buffer.from(text));
  const rows = sampleEvents(BATCH * 60, { seed: 13 }).map((event) => JSON.stringify(event));
  const server = await startServer(folder);
  let seed = 100;
  try {
    const rates = await interleaved({
      variants: {
        parse: () => ratePerSecond(BATCH * bodies.length, () => parseAll(bodies)),
        append: () => bareAppends(folder, rows),
        product: () => server.load({ requests: 100, eventsPerRequest: BATCH, connections: 8, seed: seed++ }),
      },
    });
    const floor = 1 / (1 / rates.parse! + 1 / rates.append!);
    const figures = { floor, product: rates.product! };
    return row('ingest: batches of 500 over HTTP', '≥ 0.40 of H = 1/(1/P + 1/A) on 2 cores', figures, 0.4, 'events/s');
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

async function benchSingles(): Promise<BenchRow> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-'));
  const server = await startServer(folder);
  let seed = 1000;
  try {
    const rates = await interleaved({
      variants: {
        floor: () => fdatasyncs(folder),
        product: () => server.load({ requests: 20_000, eventsPerRequest: 1, connections: 64, seed: seed++ }),
      },
    });
    return row('ingest: single events, 64 connections', '≥ 1.8 of fdatasync/s of the disk', rates, 1.8, 'events/s');
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

function row(name: string, goalText: string, rates: Record<string, number>, goal: number, unit: string): BenchRow {
  const { floor = 0, product = 0 } = rates;
  return { name, goalText, floor, product, ratio: product / floor, goal, unit };
}

function parseAll(bodies: readonly (Buffer | string)[]): void {
  for (const body of bodies) JSON.parse(body.toString());
}

function batchTexts(batches: number, seed: number): string[] {
  const events = sampleEvents(BATCH * batches, { seed });
  return Array.from({ length: batches }, (_, i) => JSON.stringify(events.slice(i * BATCH, (i + 1) * BATCH)));
}

/**
 * The least that any log in SQLite must do: a table of position and text, one durable transaction
 * per batch, the same driver.
 */
async function bareAppends(folder: string, bodies: readonly string[]): Promise<number> {
  const file = join(folder, `bare-${performance.now()}.db`);
  const database = availableSqliteDrivers()[0]!.open(file);
  database.exec(
    'PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 5000',
  );
  database.exec('CREATE TABLE log (position INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const insert = database.prepare('INSERT INTO log (body) VALUES (?)');
  const rate = await ratePerSecond(bodies.length, () => {
    for (let from = 0; from < bodies.length; from += BATCH) {
      database.transaction(() => {
        for (const body of bodies.slice(from, from + BATCH)) insert.run(body);
      });
    }
  });
  database.close();
  rmSync(file);
  return rate;
}

async function fdatasyncs(folder: string): Promise<number> {
  const file = join(folder, 'fdatasync');
  const descriptor = openSync(file, 'w');
  const text = Buffer.alloc(600, 0x78);
  const count = 3000;
  const rate = await ratePerSecond(count, () => {
    for (let i = 0; i < count; i++) {
      writeSync(descriptor, text);
      fdatasyncSync(descriptor);
    }
  });
  closeSync(descriptor);
  rmSync(file);
  return rate;
}

/**
 * Starts the real server over the real store in this process; the load generator runs in another.
 */
async function startServer(folder: string) {
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  const app = await createHttpServer({ logger: createLogger({ level: 'warn' }) });
  await app.register(ingestRoutes, { store, keys: undefined });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const child = startChild('./http-load.ts');
  return {
    load: async (order: Omit<LoadOrder, 'port'>) => {
      await ask(child, { ...order, port });
      const report = await ask<LoadReport>(child, 'go');
      if (report.failures > 0) throw new Error(`${report.failures} requests were not answered with 200.`);
      return report.eventsPerSecond;
    },
    stop: async () => {
      child.kill();
      await app.close();
      await store.close();
    },
  };
}
