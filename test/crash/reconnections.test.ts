import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openReadModels } from '@touchstone/read-models';
import { expect, onTestFailed, onTestFinished, test } from 'vitest';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent } from '../kafka-broker/sample.ts';
import { chanceOfRun, killsOf } from './chance.ts';
import { expectNoFalseAlarm, expectNothingAside } from './no-false-alarm.ts';
import { projected, startSystem } from './system-process.ts';

const TIMES = killsOf(100, 6);
const EVENTS = 20;
const LIST = '/v1/customers?limit=500&sort=id';

test(`a server that is cut off, killed or frozen ${TIMES} times while all is published and read is never taken for another log, nor its rows for damaged`, async () => {
  const chance = chanceOfRun();
  onTestFailed(() => console.error(`to have it again: CRASH_SEED=${chance.seed}`));
  const data = mkdtempSync(join(tmpdir(), 'touchstone-reconnections-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  let server = await startEventStoreDbServer();
  onTestFinished(() => server.stop());
  const system = await startSystem(data, { EVENT_STORE_URL: server.url, CLOCK: 'log', LOG_LEVEL: 'info' });
  onTestFinished(() => system.kill());

  const codes = new Set<string>();
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      const answer = await fetch(system.url + LIST);
      if (answer.status !== 200) codes.add(((await answer.json()) as { code: string }).code);
      await pause(20);
    }
  })();
  for (let time = 0; time < TIMES; time++) {
    const publishing = publishAll(system.url, time);
    await pause(chance.between(0, chance.pick([5, 100])));
    server = await disturb(server, chance.pick(['cut', 'killed', 'frozen', 'subscriptions ended'] as const));
    await publishing;
  }
  isOver = true;
  await reading;
  await projected(system);
  const counts = (await (await fetch(`${system.url}/v1/position`)).json()) as object;
  expect(counts).toMatchObject({ accepted: TIMES * EVENTS, stored: TIMES * EVENTS, parked: 0 });
  expect(codes).not.toContain('read_model_of_another_log');
  expect(codes).not.toContain('read_model_damaged');
  expect(await system.stop()).toBe(0);
  const readModels = await openReadModels(`chdb:${join(data, 'clickhouse')}`);
  await expectNoFalseAlarm(readModels, system.said()).finally(readModels.close);
  expectNothingAside(data);
}, 1_500_000);

/** Disturbs a server; in the end it is there again, with the same log. */
async function disturb(
  server: EventStoreDbServer,
  how: 'cut' | 'killed' | 'frozen' | 'subscriptions ended',
): Promise<EventStoreDbServer> {
  if (how === 'cut') server.cut();
  else if (how === 'subscriptions ended') server.endSubscriptions();
  else if (how === 'frozen') {
    server.freeze();
    await pause(300);
    server.thaw();
  } else {
    const { port, log } = server;
    await server.stop();
    return startEventStoreDbServer({ port, log });
  }
  return server;
}

/** Publishes as a publisher does: again and again, until all of it is acknowledged. */
async function publishAll(url: string, time: number): Promise<void> {
  const body = JSON.stringify(Array.from({ length: EVENTS }, (_, n) => momentEvent(time * EVENTS + n)));
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  for (;;) {
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body });
    if (answer.ok) return;
    expect(answer.status, await answer.text()).toBe(503);
    await pause(50);
  }
}
