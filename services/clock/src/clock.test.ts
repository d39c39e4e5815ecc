import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CustomerFolds } from '@touchstone/customer-folds';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { createLogger } from '@touchstone/runtime';
import { expect, onTestFinished, test, vi } from 'vitest';
import { announceTo } from './announce.ts';
import { type ClockOptions, type DueCustomers, startClock } from './clock.ts';

const T0 = Date.UTC(2026, 2, 1);
const DAY_MS = 86_400_000;

async function startLog() {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-clock-'));
  const store = await openEventStore(`sqlite:${join(folder, 'events.db')}`);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    store,
    publish: (customerId: string, id: string, type: string) => {
      const data = { journeyId: 'o', journeyType: 'order', promiseId: 'p', dueAt: new Date(T0 + DAY_MS).toISOString() };
      const time = new Date(T0).toISOString();
      const body = JSON.stringify({ id, source: '/s', type, subject: customerId, time, data });
      return store.append([{ stream: `customer-${customerId}`, id, source: '/s', type, time: T0, body }]);
    },
    told: async (customerId: string) => (await store.readStream(`changes-${customerId}`)).map(({ type }) => type),
  };
}

/**
 * A clock two days later, over tables that show everything at once; it looks only when the test
 * asks.
 */
function startClockOver(
  store: EventStore,
  { customers, ...given }: Partial<Omit<ClockOptions, 'customers'>> & { readonly customers: Partial<DueCustomers> },
) {
  const none = async () => [];
  const clock = startClock({
    store,
    customers: {
      due: none,
      untold: none,
      ahead: none,
      nextDueAt: async () => null,
      nextUntoldAt: async () => null,
      ...customers,
    },
    measures: () => ({ policy: policyV1, definitions: definitionsByType([{ type: 'order' }]) }),
    parked: () => new Set(),
    now: async () => T0 + 2 * DAY_MS,
    reached: async () => true,
    logger: createLogger({ level: 'silent' }),
    intervalMs: 3_600_000,
    ...given,
  });
  onTestFinished(() => clock.stop());
  return clock;
}

const BROKEN = 'touchstone.change.promise-broken.v1';

test('a customer whose event nobody can take, and that is not set aside yet, keeps nobody else from being told', async () => {
  const { store, publish, told } = await startLog();
  for (const customerId of ['ada', 'bob']) await publish(customerId, '1', 'touchstone.promise.made.v1');
  const { position } = await publish('ada', '2', 'touchstone.promise.made.v0');

  const parked = new Set<bigint>();
  const overdue = new Set(['ada', 'bob']);
  const clock = startClockOver(store, {
    customers: {
      due: async () => [...overdue],
      nextDueAt: async () => (overdue.size === 0 ? null : T0 + DAY_MS),
    },
    parked: () => parked,
  });

  await clock.settled();
  expect(await told('bob')).toEqual([BROKEN]);
  expect(await told('ada')).toEqual([]);

  overdue.delete('bob');
  parked.add(position);
  await clock.settled();
  expect(await told('ada')).toEqual([BROKEN]);
});

test('what rows show already is announced, and nobody who asks for lists waits for it', async () => {
  const { store, publish, told } = await startLog();
  await publish('ada', '1', 'touchstone.promise.made.v1');
  const untold = new Set(['ada']);
  const clock = startClockOver(store, { customers: { untold: async () => [...untold] } });
  expect(await clock.settledSoon()).toBe(true);
  expect(await told('ada')).toEqual([]);
  await clock.told();
  expect(await told('ada')).toEqual([BROKEN]);
});

test('what rows show ahead of now is announced once now has come there, though nothing is written meanwhile', async () => {
  const { store, publish, told } = await startLog();
  await publish('ada', '1', 'touchstone.promise.made.v1');
  let now = T0;
  const untoldAt = T0 + DAY_MS;
  const clock = startClockOver(store, {
    customers: {
      untold: async (before) => (untoldAt < before ? ['ada'] : []),
      nextUntoldAt: async (from) => (untoldAt >= from ? untoldAt : null),
    },
    now: async () => now,
  });
  await clock.told();
  expect(await told('ada')).toEqual([]);
  now = T0 + 2 * DAY_MS;
  await clock.told();
  expect(await told('ada')).toEqual([BROKEN]);
});

test('who asks for lists does not wait where many are overdue, and all are announced all the same', async () => {
  const { store, publish, told } = await startLog();
  await publish('ada', '1', 'touchstone.promise.made.v1');
  let overdue = ['ada', ...Array.from({ length: 1000 }, (_, n) => `nobody-${n}`)];
  const clock = startClockOver(store, {
    customers: { due: async () => overdue },
    reached: async () => {
      if ((await told('ada')).length > 0) overdue = [];
      return true;
    },
  });
  expect(await clock.settledSoon()).toBe(false);
  await clock.settled();
  expect(await told('ada')).toEqual([BROKEN]);
  expect(await clock.settledSoon()).toBe(true);
});

test('who asks for lists does not wait while a customer with many events is folded', async () => {
  const { store } = await startLog();
  let finish = () => {};
  const folds: CustomerFolds = {
    fold: async (_store, request) => {
      request.onLarge?.();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { result: [] as never, parkedEvents: 0, upTo: 0n };
    },
    close: async () => undefined,
  };
  const clock = startClockOver(store, { customers: { due: async () => ['ada'] }, folds });
  expect(await clock.settledSoon()).toBe(false);
  finish();
  await clock.settled();
});

test('who asks for lists does not wait for tables that lag, and the little that is overdue is announced all the same', async () => {
  const { store, publish, told } = await startLog();
  await publish('ada', '1', 'touchstone.promise.made.v1');
  let isLagging = true;
  const clock = startClockOver(store, {
    customers: { due: async () => (isLagging ? ['ada'] : []) },
    reached: async () => !isLagging,
  });
  expect(await clock.settledSoon()).toBe(false);
  await expect.poll(() => told('ada')).toEqual([BROKEN]);
  isLagging = false;
  expect(await clock.settledSoon()).toBe(true);
});

test('who asks for lists waits no longer than a moment for what takes long, nor for what comes after it', async () => {
  const { store } = await startLog();
  let answer = () => {};
  let isAsked = () => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const clock = startClockOver(store, {
    customers: {
      due: () =>
        new Promise((resolve) => {
          answer = () => resolve([]);
          isAsked();
        }),
      nextDueAt: async () => T0,
    },
    reached: async () => true,
  });
  const first = clock.settledSoon();
  await asked;
  const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
  onTestFinished(() => later.mockRestore());
  expect(await clock.settledSoon()).toBe(false);
  answer();
  expect(await first).toBe(true);
  expect(await clock.settledSoon()).toBe(false);
  answer();
});

test('of those who ask for lists while tables lag for long, one waits for a moment, the others for less or not at all', async () => {
  const { store } = await startLog();
  const waited: number[] = [];
  const clock = startClockOver(store, {
    customers: { nextDueAt: async () => T0 },
    reached: async (_, patienceMs) => {
      if (patienceMs > 0) waited.push(patienceMs);
      return false;
    },
  });
  const begun = performance.now();
  const time = vi.spyOn(performance, 'now');
  onTestFinished(() => time.mockRestore());
  for (const seconds of [0, 1, 6, 7, 12, 80]) {
    time.mockReturnValue(begun + seconds * 1_000);
    expect(await clock.settledSoon()).toBe(false);
    await clock.settled();
  }
  const [first, short] = waited;
  expect(waited).toEqual([first, short, short, first]);
  expect(short).toBeLessThan(first! / 2);
});

test('after a settling of many that failed, the little that is overdue then is announced also while tables lag', async () => {
  const { store, publish, told } = await startLog();
  await publish('ada', '1', 'touchstone.promise.made.v1');
  const answers: (readonly string[])[] = [Array.from({ length: 1001 }, (_, n) => `nobody-${n}`)];
  const clock = startClockOver(store, {
    customers: {
      due: async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error('the tables do not answer');
        return answer;
      },
    },
    reached: async () => false,
  });
  await expect(clock.settled()).rejects.toThrow('do not answer');
  answers.push(['ada'], []);
  expect(await clock.settledSoon()).toBe(false);
  await expect.poll(() => told('ada')).toEqual([BROKEN]);
});

test('a breach that is taken back is announced so, once, and only if it was announced', async () => {
  const { store, told } = await startLog();
  const about = { promiseId: 'p', journeyId: null } as const;
  const broken = { kind: 'promise-broken', ...about, at: T0 } as const;
  const retracted = { kind: 'promise-broken-retracted', ...about, dueAt: T0, at: T0 - 1 } as const;
  const announce = (...announcements: readonly (typeof broken | typeof retracted)[]) =>
    announceTo(
      store,
      ['ada', 'bob'].flatMap((customerId) => announcements.map((announcement) => ({ customerId, announcement }))),
      false,
    );
  await announce(retracted);
  expect(await told('ada')).toEqual([]);
  await announceTo(store, [{ customerId: 'bob', announcement: broken }], true);
  await announce(retracted);
  await announce(retracted);
  const RETRACTED = 'touchstone.change.promise-broken-retracted.v1';
  expect([await told('ada'), await told('bob')]).toEqual([[], [BROKEN, RETRACTED]]);
  await announce(broken, retracted);
  expect([await told('ada'), await told('bob')]).toEqual([
    [BROKEN, RETRACTED],
    [BROKEN, RETRACTED],
  ]);
  const [, last] = await store.readStream('changes-ada');
  expect(last).toMatchObject({ id: 'retracted/promise-broken/p/2026-03-01T00:00:00.000Z' });
  expect(JSON.parse(last!.body).data).toMatchObject({
    promiseId: 'p',
    dueAt: '2026-03-01T00:00:00.000Z',
    retracts: 'promise-broken/p/2026-03-01T00:00:00.000Z',
  });
});

test('what a definition expected before it came into force is passed in silence, and later breaches are announced', async () => {
  const { store, told } = await startLog();
  const expects = [
    { after: 'placed', touchpoint: 'shipped', withinMs: DAY_MS / 2 },
    { after: 'placed', touchpoint: 'delivered', withinMs: DAY_MS },
  ];
  const data = { journeyId: 'o', journeyType: 'order', touchpoint: 'placed', channel: 'web', outcome: 'succeeded' };
  const event = { id: '1', source: '/s', type: 'touchstone.moment.recorded.v1', time: T0 };
  const body = JSON.stringify({ ...event, subject: 'ada', time: new Date(T0).toISOString(), data });
  await store.append([{ ...event, stream: 'customer-ada', body }]);
  const settledUnder = async (expectsSince: number) => {
    const definitions = definitionsByType([{ type: 'order', expects }]);
    const clock = startClockOver(store, {
      customers: { due: async () => ['ada'] },
      measures: () => ({ policy: policyV1, definitions, expectsSince }),
    });
    await clock.settled();
    return told('ada');
  };
  expect(await settledUnder(T0 + 2 * DAY_MS)).toEqual(['touchstone.change.time-passed.v1']);
  expect(await settledUnder(T0 + DAY_MS)).toEqual([
    'touchstone.change.time-passed.v1',
    BROKEN,
    'touchstone.change.time-passed.v1',
  ]);
});
