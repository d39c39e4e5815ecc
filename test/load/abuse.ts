import { type ChildProcess, fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type Attack, attacks } from './abuse-attacks.ts';
import { type BenchRow, quantile } from './measure.ts';
import type { NeighbourReport } from './neighbours.ts';
import { sampleEvents } from './sample-events.ts';

/** What is there before anybody attacks. */
const EVENTS = 50_000;
const EVENTS_PER_REQUEST = 500;
/** How long neighbours are measured at rest before each attack, and at least during it. */
const REST_MS = 3_000;
const ATTACK_LEAST_MS = 5_000;
/** An attack that is not over by then is given up. */
const ATTACK_MOST_MS = 40_000;
/** What an attack left is to be worked off within this. */
const PATIENCE_MS = 300_000;
const HEALTH_GOAL_MS = 250;
const RATIO_GOAL = 5;

/**
 * Each attack on the whole system, with keys, beside a publisher, a reader and a probe of `/healthz` that come from another address: what they feel of
 * it, beside what they feel at rest. `ABUSE=name` runs the attacks whose names hold that text.
 */
export async function benchAbuse(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-abuse-'));
  const keys = { attacker: newKey(), neighbour: newKey() };
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(Object.entries(keys).map(([name, key]) => entryOf(name, key))));
  const system = await startSystem(join(folder, 'data'), { TOUCHSTONE_KEYS: file, RATE_LIMIT: '0' });
  const neighbours = fork(new URL('./neighbours.ts', import.meta.url), { execArgv: ['--import', 'tsx'] });
  try {
    await fill(system, keys.neighbour);
    neighbours.send({ url: system.url, key: keys.neighbour });
    await once(neighbours, 'message');
    const chosen = Object.entries(attacks).filter(([name]) => name.includes(process.env.ABUSE ?? ''));
    const rows: BenchRow[] = [];
    for (const [name, attack] of chosen) {
      const rest = await measured(neighbours, REST_MS);
      const during = await beside(system, neighbours, { name, attack, key: keys.attacker });
      rows.push(...rowsOf(name, rest, during));
      await recovered(system, keys.neighbour);
    }
    return rows;
  } finally {
    neighbours.kill();
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url');
}

function entryOf(name: string, key: string): object {
  const hash = `sha256:${createHash('sha256').update(key).digest('hex')}`;
  return { name, hash, scopes: ['publish', 'read'] };
}

async function fill({ url }: SystemProcess, key: string): Promise<void> {
  const events = sampleEvents(EVENTS, { startAt: Date.now() });
  for (let at = 0; at < events.length; at += EVENTS_PER_REQUEST)
    await request(`${url}/v1/events`, events.slice(at, at + EVENTS_PER_REQUEST), { authorization: `Bearer ${key}` });
  await projected({ url }, PATIENCE_MS, { authorization: `Bearer ${key}` });
}

/** What the neighbours saw in a span of time. */
async function measured(neighbours: ChildProcess, ms: number): Promise<NeighbourReport> {
  neighbours.send('begin');
  await pause(ms);
  return reported(neighbours);
}

async function reported(neighbours: ChildProcess): Promise<NeighbourReport> {
  neighbours.send('report');
  const [report] = (await once(neighbours, 'message')) as [NeighbourReport];
  return report;
}

async function beside(
  { url }: SystemProcess,
  neighbours: ChildProcess,
  { name, attack, key }: { readonly name: string; readonly attack: Attack; readonly key: string },
): Promise<NeighbourReport> {
  neighbours.send('begin');
  const begun = performance.now();
  const answers = await attack({ url, key, signal: AbortSignal.timeout(ATTACK_MOST_MS) });
  console.error(`abuse: ${name}: ${Math.round(performance.now() - begun)} ms, answered ${answers}`);
  await pause(Math.max(0, ATTACK_LEAST_MS - (performance.now() - begun)));
  return reported(neighbours);
}

/** Nothing may need a restart: what the attack left is worked off before the next. */
async function recovered(system: SystemProcess, key: string): Promise<void> {
  await projected(system, PATIENCE_MS, { authorization: `Bearer ${key}` });
  const ready = await fetch(`${system.url}/readyz`);
  if (!ready.ok) throw new Error(`Not ready after the attack: ${await ready.text()}`);
}

function rowsOf(name: string, rest: NeighbourReport, during: NeighbourReport): BenchRow[] {
  const beside = (who: 'publisher' | 'reader'): BenchRow => {
    const [floor, product] = [quantile(rest[who].ms, 0.99), quantile(during[who].ms, 0.99)];
    return {
      name: `abuse: ${name}, ${who} p99`,
      goalText: `≤ ${RATIO_GOAL} of undisturbed`,
      floor,
      product,
      ratio: product / floor,
      goal: RATIO_GOAL,
      atMost: true,
      unit: 'ms',
    };
  };
  const figure = (what: string, product: number, goal: number, unit: string): BenchRow => {
    const goalText = `≤ ${goal}`;
    return { name: `abuse: ${name}, ${what}`, goalText, floor: null, product, ratio: null, goal, atMost: true, unit };
  };
  const refused = during.publisher.failures + during.reader.failures + during.health.failures;
  return [
    beside('publisher'),
    beside('reader'),
    figure('/healthz, longest', Math.max(...during.health.ms), HEALTH_GOAL_MS, 'ms'),
    figure('neighbours not answered', refused, 0, 'requests'),
  ];
}
