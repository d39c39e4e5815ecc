import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { heartbeatSchema, newTargetSchema, objectiveSchema } from '@touchstone/api';
import { sqliteEventStore } from '@touchstone/event-store';
import {
  type Alert,
  alertsLedger,
  heartbeatsLedger,
  objectivesLedger,
  targetRegistry,
  targetsFile,
  testHeartbeat,
  testObjective,
} from '@touchstone/operations';
import { openReadModels } from '@touchstone/read-models';
import { afterAll, expect, onTestFailed, test } from 'vitest';
import { chanceOfRun, killsOf } from './chance.ts';
import { doomedProgram } from './doomed-program.ts';
import type { JudgeOrder } from './judge-until-killed.ts';

const KILLS = killsOf(50);
const MINUTE = 60_000;
const START = Date.parse('2026-03-02T08:00:00Z');

const folder = mkdtempSync(join(tmpdir(), 'touchstone-judged-'));
const chance = chanceOfRun();
const program = doomedProgram<JudgeOrder>('judge-until-killed.ts');

/** A target that takes some messages, refuses some, and hangs up on others once it has them. */
const received: { readonly id: string; readonly body: string; readonly isTaken: boolean }[] = [];
const target = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const isTaken = !chance.happens(0.3);
  received.push({ id: String(request.headers['webhook-id']), body: Buffer.concat(chunks).toString(), isTaken });
  if (isTaken) response.writeHead(204).end();
  else if (chance.happens(0.5)) response.writeHead(503).end();
  else response.destroy();
});

afterAll(async () => {
  await program.end();
  target.closeAllConnections();
  target.close();
  rmSync(folder, { recursive: true, force: true });
});

const rules = {
  objectives: {
    web: objectiveSchema.parse({ touchpoint: 'paid', channel: 'web', objective: 0.995 }),
    app: objectiveSchema.parse({ touchpoint: 'paid', channel: 'app', objective: 0.99 }),
  },
  heartbeat: heartbeatSchema.parse({ touchpoint: 'beat', silentAfter: 'PT3M' }),
};

async function open(now: () => number) {
  const store = await sqliteEventStore({ file: join(folder, 'events.db'), now });
  const readModels = await openReadModels(`chdb:${folder}/clickhouse`);
  return { store, readModels };
}

async function prepare(): Promise<number> {
  const { store, readModels } = await open(() => START);
  const { number: generation } = await readModels.createGeneration('{}');
  for (const [name, rule] of Object.entries(rules.objectives)) await objectivesLedger(store).put(name, rule);
  await heartbeatsLedger(store).put('beat', rules.heartbeat);
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
  const given = newTargetSchema.parse({ url, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' });
  const kept = targetsFile(join(folder, 'targets.json'));
  await targetRegistry({ store, kept, allowsPrivate: false, now: () => START }).put('ops', given);
  await readModels.close();
  await store.close();
  return generation;
}

test(`kill -9 at ${KILLS} random instants while alerts begin and end: each is told once, and sent at least once under one id`, async () => {
  onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
  const generation = await prepare();
  for (let kills = 0; kills < KILLS; kills++) {
    const run = program.run({ folder, generation, start: START, skipped: chance.whole(0, 12) });
    // Some are killed before they are up.
    if (!chance.happens(0.1)) {
      await run.hears('up');
      for (let wanted = chance.whole(1, 25); wanted > 0; wanted--) await run.next('minute');
    }
    await pause(chance.between(0, 120));
    await run.kill();
  }
  const last = program.run({ folder, generation, start: START, skipped: 0, minutes: 12 });
  const judgedTo = await last.hears<number>('done');
  await last.kill();

  const { store, readModels } = await open(() => START);
  const source = { clickhouse: readModels.clickhouse, generation };
  const told = await alertsLedger(store).list();
  const span = { to: judgedTo + MINUTE, clock: 'stored' as const };
  for (const { name, rule, inForceFrom } of await objectivesLedger(store).versions()) {
    const { alerts } = await testObjective(source, rule, { from: inForceFrom, ...span });
    const found = told.filter((alert) => alert.kind === 'burn-rate' && alert.name === name);
    expect(found.map(shortened).sort(byBegin)).toEqual(alerts.map(shortened).sort(byBegin));
    expect(found.length, name).toBeGreaterThan(0);
  }
  const [beat] = await heartbeatsLedger(store).versions();
  const { alerts } = await testHeartbeat(source, rules.heartbeat, { from: beat!.inForceFrom, ...span });
  const silences = told.filter(({ kind }) => kind === 'silence');
  expect(silences.map(({ began, ended, last }) => ({ began, ended, last }))).toEqual(alerts);
  expect(silences.length).toBeGreaterThan(KILLS / 10);

  const events = (await store.readStream('alerts')).filter(({ type }) => /alert-(?:began|ended)/.test(type));
  const ids = events.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = received.filter(({ isTaken }) => isTaken).map(({ id }) => id);
  expect([...new Set(taken)]).toEqual(ids);
  const bodies = new Map(events.map(({ id, body }) => [id, body]));
  for (const { id, body } of received) expect(body).toBe(bodies.get(id));
  console.log(
    `seed ${chance.seed}: ${(judgedTo - START) / MINUTE} minutes, ${told.length} alerts, ${received.length} messages for ${ids.length} begins and ends`,
  );
  await readModels.close();
  await store.close();
}, 1_500_000);

type Shortened = Pick<Alert, 'severity' | 'began' | 'ended' | 'because'>;

const shortened = ({ severity, began, ended, because }: Shortened) => ({ severity, began, ended, because });

const byBegin = (a: Shortened, b: Shortened) => a.began - b.began || (a.severity < b.severity ? -1 : 1);
