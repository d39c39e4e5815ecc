import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newTargetSchema, objectiveSchema } from '@touchstone/api';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { createLogger } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { startReceiver } from '../../testing/receiver.ts';
import { type AlertNews, alertsLedger } from '../alerts/alerts-ledger.ts';
import { objectivesLedger } from '../alerts/watched-ledger.ts';
import { sendingsLedger } from './sendings-ledger.ts';
import { targetRegistry } from './target-registry.ts';
import { targetSender } from './target-sender.ts';
import { targetsFile } from './targets-file.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.parse('2026-03-02T08:00:00Z');
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** A log and targets, with the clock in the hand of the test. */
async function startSystem() {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-targets-'));
  let now = START;
  const store = await sqliteEventStore({ file: join(folder, 'events.db'), now: () => now });
  const file = join(folder, 'targets.json');
  const registry = () => targetRegistry({ store, kept: targetsFile(file), allowsPrivate: false, now: () => now });
  const sender = (of: EventStore = store, isOurs = async () => true) =>
    targetSender({
      store: of,
      targets: registry(),
      logger: createLogger({ level: 'silent' }),
      allowsPrivate: false,
      isOurs,
      now: () => now,
      timeoutMs: 1_000,
      sendAgain: { firstMs: 1_000, longestMs: HOUR },
    });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    store,
    file,
    targets: registry(),
    sender,
    alerts: alertsLedger(store, () => now),
    sendings: sendingsLedger(store),
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    put: (name: string, target: object) => registry().put(name, newTargetSchema.parse({ secret, ...target })),
  };
}

const news = (name: string, change: Partial<AlertNews> = {}): AlertNews => ({
  kind: 'burn-rate',
  name,
  version: 1,
  severity: 'page',
  began: START,
  ended: null,
  because: ['page-1h'],
  moments: 30,
  failures: 12,
  last: null,
  left: null,
  members: null,
  ...change,
});

/** Looks until nothing is due any more, at the same time of day. */
async function sendAllDue(sender: ReturnType<typeof targetSender>, rounds = 10): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await sender.look();
    await sender.settled();
  }
}

test('begins and ends that are told after a target was put are sent once, in order, as CloudEvents', async () => {
  const system = await startSystem();
  const receiver = await startReceiver();
  await system.alerts.tell([news('before')]);
  system.pass(1_000);
  await system.put('ops', { url: receiver.url });
  system.pass(1_000);
  await system.alerts.tell([news('a'), news('b'), news('a', { ended: START + MINUTE }), news('c', { because: [] })]);
  const sender = system.sender();
  await sendAllDue(sender);
  const id = (name: string) => `burn-rate/${name}/1/page/2026-03-02T08:00:00.000Z`;
  expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
    id('a'),
    id('b'),
    `${id('a')}/ended`,
    id('c'),
  ]);
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { specversion: '1.0', type: 'touchstone.change.alert-began.v1', id: id('a'), data: { name: 'a', failures: 12 } },
    {},
    { type: 'touchstone.change.alert-ended.v1', data: { ended: '2026-03-02T08:01:00.000Z' } },
    {},
  ]);
  expect(receiver.mostInFlight()).toBe(1);
  expect(await system.sendings.of(await system.targets.find('ops'))).toMatchObject({
    sent: 4,
    retrying: null,
    failures: 0,
  });
  await sendAllDue(system.sender());
  expect(receiver.received).toHaveLength(4);
});

test('a target that fails is tried again with growing waits, and the next message waits for it', async () => {
  const system = await startSystem();
  const receiver = await startReceiver((response, _, nth) => void response.writeHead(nth <= 4 ? 500 : 200).end());
  await system.put('ops', { url: receiver.url });
  await system.alerts.tell([news('a'), news('b')]);
  const sender = system.sender();
  const waits: number[] = [];
  let last = system.now();
  for (let second = 0; second < 60 && receiver.received.length < 6; second++) {
    const before = receiver.received.length;
    await sender.look();
    await sender.settled();
    if (receiver.received.length > before) {
      waits.push(system.now() - last);
      last = system.now();
    }
    system.pass(500);
  }
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids.slice(0, 5)).size).toBe(1);
  expect(ids[5]).not.toBe(ids[0]);
  // Between half and all of 1, 2, 4 and 8 s, seen every half second.
  const mosts = [0, 1_000, 2_000, 4_000, 8_000];
  for (const [index, most] of mosts.entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(most / 2);
    expect(waits[index]).toBeLessThanOrEqual(most + 500);
  }
  const timestamps = receiver.received.map(({ headers }) => headers['webhook-timestamp']);
  expect(new Set(timestamps).size).toBeGreaterThan(3);
});

test('what fails for 24 hours is kept as failed and shown, and the next message is sent', async () => {
  const system = await startSystem();
  const receiver = await startReceiver((response, { body }) => {
    response.writeHead(JSON.parse(body).data.name === 'a' ? 503 : 200).end();
  });
  await system.put('ops', { url: receiver.url });
  await system.alerts.tell([news('a'), news('b')]);
  const target = await system.targets.find('ops');
  let sender = system.sender();
  const ended = START + 24 * HOUR + MINUTE;
  while (system.now() < ended) {
    await sender.look();
    await sender.settled();
    if (system.now() < START + 23 * HOUR) {
      const { retrying, failures } = await system.sendings.of(target);
      expect(retrying).toMatchObject({ toldAt: START, reason: 'answered 503' });
      expect(failures).toBe(0);
    }
    // Another process goes on with the waits of the one before.
    if (system.now() === START + 12 * HOUR) sender = system.sender();
    system.pass(10 * MINUTE);
  }
  await sendAllDue(sender);
  const { failed, failures, sent, retrying } = await system.sendings.of(target);
  expect({ failures, sent, retrying }).toEqual({ failures: 1, sent: 1, retrying: null });
  expect(failed).toMatchObject([{ messageId: expect.stringContaining('/a/'), reason: 'answered 503', toldAt: START }]);
  expect(failed[0]!.lastAt).toBeGreaterThanOrEqual(START + 24 * HOUR);
  // Some at first, and then one an hour or two.
  expect(failed[0]!.attempts).toBeGreaterThan(20);
  expect(failed[0]!.attempts).toBeLessThan(70);
  expect(receiver.received.at(-1)!.body).toContain('"name":"b"');
});

test('a target that was put anew does not wait, and one that hangs does not keep others waiting', async () => {
  const system = await startSystem();
  const hangs = await startReceiver(() => {});
  const works = await startReceiver();
  await system.put('hangs', { url: hangs.url });
  await system.put('works', { url: works.url });
  await system.alerts.tell([news('a'), news('b')]);
  const sender = system.sender();
  await sender.look();
  // The other gets both while the first sending is in flight.
  await expect
    .poll(async () => {
      await sender.look();
      return works.received.length;
    })
    .toBe(2);
  expect(hangs.received.length).toBeLessThanOrEqual(1);
  await sender.settled();
  system.pass(1);
  await system.put('hangs', { url: works.url });
  await sendAllDue(sender);
  expect(works.received).toHaveLength(4);
});

test('a process that is killed before it has recorded a sending has it sent again with the same id', async () => {
  const system = await startSystem();
  const receiver = await startReceiver();
  await system.put('ops', { url: receiver.url });
  await system.alerts.tell([news('a')]);
  const killed: EventStore = {
    ...system.store,
    append: () => Promise.reject(new Error('killed')),
  };
  const first = system.sender(killed);
  await first.look();
  await expect.poll(() => receiver.received.length).toBe(1);
  await first.stop();
  await sendAllDue(system.sender());
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test('only the process that judges sends', async () => {
  const system = await startSystem();
  const receiver = await startReceiver();
  await system.put('ops', { url: receiver.url });
  await system.alerts.tell([news('a')]);
  await sendAllDue(system.sender(system.store, async () => false));
  expect(receiver.received).toEqual([]);
});

test('a target gets what its filters and the objective let it have', async () => {
  const system = await startSystem();
  const [all, tickets, silences, named] = await Promise.all([1, 2, 3, 4].map(() => startReceiver()));
  await system.put('all', { url: all!.url });
  await system.put('tickets', { url: tickets!.url, severities: ['ticket'] });
  await system.put('silences', { url: silences!.url, kinds: ['silence', 'stage-losses'] });
  await system.put('named', { url: named!.url });
  const objectives = objectivesLedger(system.store, system.now);
  await objectives.put('private', objectiveSchema.parse({ touchpoint: 'x', objective: 0.9, notify: ['named'] }));
  await objectives.put('open', objectiveSchema.parse({ touchpoint: 'x', objective: 0.9 }));
  await system.alerts.tell([
    news('private'),
    news('open', { severity: 'ticket' }),
    news('beat', { kind: 'silence', moments: null, failures: null, because: [], last: START - HOUR }),
  ]);
  await sendAllDue(system.sender());
  const namesAt = (receiver: typeof all) => receiver!.received.map(({ body }) => JSON.parse(body).data.name);
  expect(namesAt(all)).toEqual(['open', 'beat']);
  expect(namesAt(tickets)).toEqual(['open']);
  expect(namesAt(silences)).toEqual(['beat']);
  expect(namesAt(named)).toEqual(['private', 'open', 'beat']);
});

test('a chat gets one line of text', async () => {
  const system = await startSystem();
  const receiver = await startReceiver();
  await system.put('chat', { kind: 'slack', url: receiver.url, secret: undefined });
  await system.alerts.tell([news('a'), news('a', { ended: START + MINUTE })]);
  await sendAllDue(system.sender());
  expect(receiver.received.map(({ body }) => JSON.parse(body))).toEqual([
    { text: ':rotating_light: page burn-rate a began at 2026-03-02 08:00 UTC: 12 of 30 moments failed (page-1h)' },
    { text: ':white_check_mark: page burn-rate a ended at 2026-03-02 08:01 UTC; it had begun at 2026-03-02 08:00 UTC' },
  ]);
  expect(receiver.received[0]!.headers).not.toHaveProperty('webhook-signature');
});

test('neither the secret nor the address of a target is in the log, and only their owner may read the file', async () => {
  const system = await startSystem();
  const receiver = await startReceiver((response) => void response.writeHead(500).end());
  await system.put('ops', { url: `${receiver.url}/T0KEN` });
  await system.alerts.tell([news('a')]);
  await sendAllDue(system.sender());
  expect(receiver.received).toHaveLength(1);
  const bodies: string[] = [];
  for await (const page of system.store.readAll()) bodies.push(...page.map(({ body }) => body));
  expect(bodies.join()).toContain('touchstone.target.attempted.v1');
  expect(bodies.join()).not.toMatch(/T0KEN|MfKQ9r8|127\.0\.0\.1/);
  expect(statSync(system.file).mode & 0o777).toBe(0o600);
});

test('a target that an objective names is not deleted, and a name that no target has is refused', async () => {
  const system = await startSystem();
  await system.put('ops', { url: 'https://93.184.215.14/' });
  await system.targets.assertKnown(['ops']);
  await expect(system.targets.assertKnown(['ops', 'none'])).rejects.toMatchObject({
    code: 'invalid_definition',
    errors: [{ path: 'notify.1' }],
  });
  const objectives = objectivesLedger(system.store, system.now);
  await objectives.put('a', objectiveSchema.parse({ touchpoint: 'x', objective: 0.9, notify: ['ops'] }));
  await expect(system.targets.delete('ops')).rejects.toMatchObject({ code: 'target_in_use' });
  await objectives.put('a', objectiveSchema.parse({ touchpoint: 'x', objective: 0.9 }));
  await system.targets.delete('ops');
  await expect(system.targets.delete('ops')).rejects.toMatchObject({ code: 'not_found' });
});
