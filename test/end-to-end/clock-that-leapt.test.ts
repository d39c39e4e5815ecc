import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@touchstone/client';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { describe, expect, onTestFinished, test } from 'vitest';

/**
 * Compares a system whose clock leaps with one over the same events whose clock does not: every
 * answer must be the same.
 */

const T0 = Date.parse('2026-03-01T12:00:00Z');
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 86_400_000;

/** The true time, and how far the clock of one system is off. */
function startTime() {
  let elapsed = 0;
  let off = 0;
  const monotonic = () => elapsed;
  return {
    right: { wall: () => T0 + elapsed, monotonic },
    leaping: { wall: () => T0 + elapsed + off, monotonic },
    pass: (ms: number) => {
      elapsed += ms;
    },
    leapTo: (ms: number) => {
      off = ms;
    },
  };
}
type Time = ReturnType<typeof startTime>;

async function startSystem(clocks: Time['right'], folder?: string) {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'touchstone-leap-')));
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: data, LOG_LEVEL: 'silent' });
  const system = await startTouchstone(config, createLogger({ level: 'silent' }), undefined, clocks);
  let isStopped = false;
  const stop = async () => {
    if (!isStopped) await system.stop();
    isStopped = true;
  };
  onTestFinished(async () => {
    await stop();
    await rm(data, { recursive: true, force: true });
  });
  const client = createClient({ url: system.url });
  await client.get('/v1/overview', {}, { after: String(await system.store.head()) });
  return { system, stop, folder: data, client };
}
type System = Awaited<ReturnType<typeof startSystem>>;

let count = 0;
const event = (customer: string, day: number, type: string, data: object) => ({
  specversion: '1.0' as const,
  id: `e${++count}`,
  source: '/shop',
  type: `touchstone.${type}.v1`,
  subject: customer,
  time: new Date(T0 + day * DAY_MS).toISOString(),
  data: { ...data },
});
const moment = (customer: string, day: number, journeyId: string, data: object = {}) =>
  event(customer, day, 'moment.recorded', {
    journeyId,
    journeyType: 'order',
    touchpoint: 'a',
    channel: 'web',
    outcome: 'succeeded',
    perception: 5,
    ...data,
  });
const promise = (customer: string, day: number, promiseId: string, dueDay: number) =>
  event(customer, day, 'promise.made', {
    journeyId: 'j',
    journeyType: 'order',
    promiseId,
    dueAt: new Date(T0 + dueDay * DAY_MS).toISOString(),
  });

/** Promises, journeys and trust stages with deadlines within days and within weeks. */
const HISTORY = [
  moment('ada', -1, 'j'),
  promise('ada', -1, 'p', 3),
  promise('ada', -1, 'overdue', -0.5),
  ...Array.from({ length: 12 }, (_, n) => moment('bob', -100 + n * 6, `b${n}`)),
  ...Array.from({ length: 4 }, (_, n) => event('bob', -95 + n * 10, 'purchase.made', { amount: 10, currency: 'EUR' })),
  event('bob', -10, 'complaint.raised', { complaintId: 'c', journeyId: 'b11', journeyType: 'order' }),
  moment('eva', -29, 'old'),
  promise('eva', -2, 'later', 35),
];

const QUESTIONS = [
  '/v1/overview',
  '/v1/journeys?limit=200',
  '/v1/journeys?status=abandoned',
  '/v1/journeys/j?customerId=ada',
  '/v1/journeys/old?customerId=eva',
  '/v1/customers',
  '/v1/customers/ada',
  '/v1/customers/bob',
  '/v1/customers/eva',
  '/v1/promises',
  '/v1/complaints',
  '/v1/trust-changes',
  '/v1/touchpoints/failure-rates',
];

/** Removes the times of recording: the log keeps those of its own, whatever the time is now. */
function withoutRecording(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer, (key, value) => (key === 'recordedAt' ? undefined : value)));
}

async function answersOf({ client, system }: System): Promise<Readonly<Record<string, unknown>>> {
  const after = String(await system.store.head());
  const answers: Record<string, unknown> = {};
  for (const question of QUESTIONS) {
    const [path, query = ''] = question.split('?') as [string, string?];
    const given = Object.fromEntries(new URLSearchParams(query));
    answers[question] = withoutRecording(await client.get(path, given, { after }));
  }
  return answers;
}

async function publish(events: ReturnType<typeof event>[], { client }: System): Promise<void> {
  const { accepted, position } = await client.publish(events);
  expect(accepted).toBe(events.length);
  await client.get('/v1/overview', {}, { after: position });
}

/**
 * Lets minutes pass and asks the system in each, so that it sees a lasting difference of the
 * clocks.
 */
async function pass(time: Time, minutes: number, { client }: System): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    time.pass(MINUTE_MS);
    await client.get('/v1/overview');
  }
}

const changesOf = async ({ system }: System, customerId: string) =>
  (await system.store.readStream(`changes-${customerId}`)).map(({ body }) => JSON.parse(body));

const rebuild = async ({ client }: System) => {
  await client.post('/v1/rebuild', {});
  await expect
    .poll(async () => ((await client.get('/v1/rebuild')) as { state: string }).state, { timeout: 60_000 })
    .toBe('done');
};

/**
 * Requires every answer to be that of a system that never leapt: now, after a rebuild, and after a
 * restart. Resolves with the restarted system, because a process can have one engine open at a
 * time.
 */
async function expectAsNeverLeapt(time: Time, leapt: System, published: ReturnType<typeof event>[]): Promise<System> {
  const found = await answersOf(leapt);
  await rebuild(leapt);
  const foundRebuilt = await answersOf(leapt);
  await leapt.stop();
  const never = await startSystem(time.right);
  await publish(published, never);
  const expected = await answersOf(never);
  await never.stop();
  expect(found).toEqual(expected);
  expect(foundRebuilt).toEqual(expected);
  const again = await startSystem(time.leaping, leapt.folder);
  expect(await answersOf(again)).toEqual(expected);
  return again;
}

const leapsOf = async ({ client }: System) => {
  const { leaps } = (await client.get('/v1/clock')) as { leaps: { byMs: number }[] };
  return leaps.map(({ byMs }) => byMs).sort((a, b) => a - b);
};

const isCorrection = ({ type }: { readonly type: string }) => type === 'touchstone.change.clock-corrected.v1';
const P_BROKEN = `promise-broken/p/${new Date(T0 + 3 * DAY_MS).toISOString()}`;

describe('a time of day that leaps', () => {
  test('for some seconds, ahead or back: nothing is announced, and every answer is of the last now that could be trusted', async () => {
    const time = startTime();
    const leapt = await startSystem(time.leaping);
    await publish(HISTORY, leapt);
    const before = await answersOf(leapt);
    // A deadline that was overdue when it was published shows at once, and is announced soon.
    await expect.poll(() => changesOf(leapt, 'ada'), { timeout: 60_000 }).not.toEqual([]);
    const told = await changesOf(leapt, 'ada');
    for (const off of [40 * DAY_MS, -40 * DAY_MS]) {
      time.leapTo(off);
      expect(await answersOf(leapt)).toEqual(before);
      expect(await changesOf(leapt, 'ada')).toEqual(told);
      expect(await leapt.client.get('/v1/clock')).toMatchObject({ now: new Date(T0).toISOString(), offByMs: off });
      time.leapTo(0);
      await leapt.client.get('/v1/overview');
    }
    time.pass(15 * SECOND_MS);
    await expect.poll(() => leapsOf(leapt)).toEqual([-40 * DAY_MS, 40 * DAY_MS]);
    const again = await expectAsNeverLeapt(time, leapt, HISTORY);
    expect((await changesOf(again, 'ada')).filter(isCorrection)).toEqual([]);
  }, 600_000);

  test('for so long that it is believed: once it is back, what was told too early is withdrawn, and is told again when it is true', async () => {
    const time = startTime();
    const leapt = await startSystem(time.leaping);
    await publish(HISTORY, leapt);
    time.leapTo(40 * DAY_MS);
    await pass(time, 12, leapt);
    expect((await changesOf(leapt, 'ada')).map(({ id }) => id)).toContain(P_BROKEN);
    const later = [moment('ada', -0.9, 'j'), moment('eva', -0.1, 'new')];
    await publish(later, leapt);
    time.leapTo(0);
    await pass(time, 12, leapt);
    const [correction, ...others] = (await changesOf(leapt, 'ada')).filter(isCorrection);
    expect(others).toEqual([]);
    expect(correction.data.withdrawn).toContain(P_BROKEN);
    expect(await leapt.client.get('/v1/clock')).toMatchObject({
      leaps: expect.arrayContaining([
        expect.objectContaining({ outcome: 'believed', byMs: 40 * DAY_MS }),
        expect.objectContaining({ outcome: 'withdrawn', customers: 3 }),
      ]),
    });
    const again = await expectAsNeverLeapt(time, leapt, [...HISTORY, ...later]);

    time.pass(45 * DAY_MS);
    const last = await expectAsNeverLeapt(time, again, [...HISTORY, ...later]);
    const ids = (await changesOf(last, 'ada')).map(({ id }) => id);
    expect(ids.filter((id) => id.endsWith(P_BROKEN))).toEqual([P_BROKEN, `again-1/${P_BROKEN}`]);
  }, 600_000);

  test.each([
    ['kept', 'told'],
    ['lost', 'shown'],
  ])(
    'before the system was stopped: started with the right time, its read model %s, it withdraws what was %s too early',
    async (readModel, asFarAs) => {
      const time = startTime();
      time.leapTo(40 * DAY_MS);
      const ahead = await startSystem(time.leaping);
      await publish(HISTORY, ahead);
      const told = async () => (await changesOf(ahead, 'ada')).map(({ id }) => id);
      if (asFarAs === 'told') await expect.poll(told, { timeout: 60_000 }).toContain(P_BROKEN);
      await ahead.stop();
      if (readModel === 'lost') await rm(join(ahead.folder, 'clickhouse'), { recursive: true });
      time.leapTo(0);
      const right = await startSystem(time.leaping, ahead.folder);
      const again = await expectAsNeverLeapt(time, right, HISTORY);
      expect((await changesOf(again, 'bob')).filter(isCorrection)).toHaveLength(1);
    },
    300_000,
  );
});

test('a machine that starts with the time of 1970 withdraws and announces nothing, and is right as soon as its time is set', async () => {
  const time = startTime();
  const system = await startSystem(time.leaping);
  await publish(HISTORY, system);
  // So far beyond the last event that the log alone does not support the announced time.
  time.pass(20 * DAY_MS);
  await system.client.get('/v1/overview');
  const told = await changesOf(system, 'ada');
  await system.stop();
  expect(told.map(({ id }) => id)).toContain(P_BROKEN);
  time.leapTo(-T0);
  const again = await startSystem(time.leaping, system.folder);
  await answersOf(again);
  expect(await changesOf(again, 'ada')).toEqual(told);
  await publish([moment('ada', -1.5, 'j')], again);
  time.leapTo(0);
  expect(await again.client.get('/v1/overview')).toMatchObject({ now: new Date(T0 + 20 * DAY_MS).toISOString() });
  expect((await changesOf(again, 'ada')).filter(isCorrection)).toEqual([]);
}, 600_000);
