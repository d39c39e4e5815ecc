import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { asCloudEvent } from '@touchstone/journey/testing';
import { largeCustomers } from '@touchstone/journey/testing/large-customers';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { startHealthProbe } from './child-processes.ts';
import { type BenchRow, figure, formatRow } from './measure.ts';
import { untilProjected, untilQuiet } from './progress.ts';

const EVENTS_PER_REQUEST = 1_000;
const GOAL_MS = 250;
/** How often each answer is requested, and by how many concurrent readers. */
const ROUNDS = 2;
const AT_ONCE = 4;
/** Duration of the measurement at rest, which shows the noise of the machine. */
const REST_MS = 3_000;

interface Case {
  readonly name: string;
  readonly customerId: string;
  readonly eventsOf: keyof typeof largeCustomers;
  readonly events: number;
  readonly asked: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'a customer of 100,000 events',
    customerId: 'much',
    eventsOf: 'journeys that all go on for a year',
    events: 100_000,
    asked: ['/v1/customers/much', '/v1/journeys/j0?customerId=much', '/v1/customers/much?asOf=2024-06-01T00:00:00Z'],
  },
  {
    name: 'a journey of 20,000 moments',
    customerId: 'long',
    eventsOf: 'moments of one journey',
    events: 20_000,
    asked: ['/v1/customers/long', '/v1/journeys/j0?customerId=long', '/v1/journeys/j0?customerId=long&limit=2000'],
  },
  {
    name: '50,000 promises',
    customerId: 'promised',
    eventsOf: 'promises due one by one',
    events: 50_000,
    asked: ['/v1/customers/promised', '/v1/customers/promised?asOf=2199-12-31T00:00:00Z'],
  },
];

/**
 * Measures whether others must wait while a customer with many events is published, projected,
 * settled and read: the longest answer of `/healthz`.
 */
export async function benchMuchOfOneCustomer(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-much-'));
  const system = await startSystem(folder, { LOG_LEVEL: 'info' });
  const probe = startHealthProbe(system.url);
  const { longestMs } = probe;
  try {
    const rows: BenchRow[] = [];
    for (const each of CASES) {
      const requests = requestsOf(each);
      await longestMs();
      await pause(REST_MS);
      rows.push(row(each, 'nothing happens', await longestMs()));
      for (const events of requests) await request(`${system.url}/v1/events`, events);
      rows.push(row(each, 'published', await longestMs()));
      await settled(system);
      rows.push(row(each, 'projected and settled', await longestMs()));
      for (const path of each.asked) {
        for (let round = 0; round < ROUNDS; round++) {
          await Promise.all(Array.from({ length: AT_ONCE }, () => request(system.url + path)));
        }
      }
      rows.push(row(each, 'asked for', await longestMs()));
      console.error(`large customers: ${each.name} done`);
    }
    return rows;
  } finally {
    probe.stop();
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Waits until all that fell due is announced, and lists show it. */
async function settled(system: SystemProcess): Promise<void> {
  await untilProjected(system);
  while ((await fetch(`${system.url}/v1/overview`)).headers.has('touchstone-settling')) await pause(REST_MS);
  await untilQuiet(system);
}

function requestsOf({ customerId, eventsOf, events }: Case): object[][] {
  const all = largeCustomers[eventsOf]!(events).map((event) => asCloudEvent({ ...event, customerId }));
  return Array.from({ length: Math.ceil(events / EVENTS_PER_REQUEST) }, (_, at) =>
    all.slice(at * EVENTS_PER_REQUEST, (at + 1) * EVENTS_PER_REQUEST),
  );
}

function row({ name }: Case, phase: string, ms: number): BenchRow {
  return figure(`large customers: ${name}, /healthz while ${phase}, at most`, ms, 'ms', GOAL_MS);
}

if (import.meta.filename === process.argv[1])
  for (const each of await benchMuchOfOneCustomer()) console.log(formatRow(each));
