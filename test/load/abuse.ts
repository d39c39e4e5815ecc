import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKey } from '@touchstone/runtime';
import { request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { type Attack, attacks } from './abuse-attacks.ts';
import { ask, startChild } from './child-processes.ts';
import { type BenchRow, figure, quantile } from './measure.ts';
import type { NeighbourReport } from './neighbours.ts';
import { untilProjected } from './progress.ts';
import { sampleEvents } from './sample-events.ts';

/** Events stored before any attack. */
const EVENTS = 50_000;
const EVENTS_PER_REQUEST = 500;
/** How long the neighbours are measured at rest, before any attack. */
const REST_MS = 20_000;
/** An attack is repeated until this time has passed, because fewer answers give no p99. */
const ATTACK_LEAST_MS = 20_000;
/** An attack that takes longer than this is aborted. */
const ATTACK_MOST_MS = 40_000;
const HEALTH_GOAL_MS = 250;
const RATIO_GOAL = 5;

type NewKey = ReturnType<typeof createKey>;

/**
 * Runs each attack on the whole system, with keys, beside a publisher, a reader and a probe of
 * `/healthz` from another address; compares their latencies with those at rest. `ABUSE='a|b'`
 * runs the attacks whose names contain one of these texts.
 */
export async function benchAbuse(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-abuse-'));
  const [attacker, neighbour] = ['attacker', 'neighbour'].map((name) =>
    createKey({ name, scopes: ['publish', 'read'] }),
  ) as [NewKey, NewKey];
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify([attacker.entry, neighbour.entry]));
  const system = await startSystem(join(folder, 'data'), { TOUCHSTONE_KEYS: file, RATE_LIMIT: '0' });
  const neighbours = startChild('./neighbours.ts');
  try {
    const headers = { authorization: `Bearer ${neighbour.secret}` };
    await fill(system, headers);
    await ask(neighbours, { url: system.url, key: neighbour.secret });
    const wanted = (process.env.ABUSE ?? '').split('|');
    const chosen = Object.entries(attacks).filter(([name]) => wanted.some((part) => name.includes(part)));
    const rest = await measured(neighbours, REST_MS);
    const rows: BenchRow[] = [];
    for (const [name, prepare] of chosen) {
      const during = await beside(system, neighbours, { name, attack: prepare(), key: attacker.secret });
      rows.push(...rowsOf(name, rest, during));
      await recovered(system, headers);
    }
    return rows;
  } finally {
    neighbours.kill();
    await system.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(system: SystemProcess, headers: Record<string, string>): Promise<void> {
  const events = sampleEvents(EVENTS, { startAt: Date.now() });
  for (let at = 0; at < events.length; at += EVENTS_PER_REQUEST)
    await request(`${system.url}/v1/events`, events.slice(at, at + EVENTS_PER_REQUEST), headers);
  await untilProjected(system, headers);
}

/** Measurements of the neighbours during this time. */
async function measured(neighbours: ChildProcess, ms: number): Promise<NeighbourReport> {
  neighbours.send('begin');
  await pause(ms);
  return ask(neighbours, 'report');
}

async function beside(
  { url }: SystemProcess,
  neighbours: ChildProcess,
  { name, attack, key }: { readonly name: string; readonly attack: Attack; readonly key: string },
): Promise<NeighbourReport> {
  neighbours.send('begin');
  const begun = performance.now();
  const passed = () => Math.round(performance.now() - begun);
  const signal = AbortSignal.timeout(ATTACK_MOST_MS);
  setMaxListeners(0, signal);
  do {
    const answers = await attack({ url, key, signal });
    console.error(`abuse: ${name}: ${passed()} ms, answered ${answers}`);
  } while (passed() < ATTACK_LEAST_MS);
  return ask(neighbours, 'report');
}

/** Waits until the system has worked off the attack, which must need no restart. */
async function recovered(system: SystemProcess, headers: Record<string, string>): Promise<void> {
  await untilProjected(system, headers);
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
  const refused = during.publisher.failures + during.reader.failures + during.health.failures;
  return [
    beside('publisher'),
    beside('reader'),
    figure(`abuse: ${name}, /healthz, longest`, Math.max(...during.health.ms), 'ms', HEALTH_GOAL_MS),
    figure(`abuse: ${name}, neighbours not answered`, refused, 'requests', 0),
  ];
}
