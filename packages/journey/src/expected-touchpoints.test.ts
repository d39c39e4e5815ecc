import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import { type Announcement, newChanges } from './changes.ts';
import { type Definition, definitionSchema, definitionsByType } from './definitions.ts';
import type { JourneyEvent } from './events.ts';
import { eventFaults } from './events.ts';
import { expectedPromiseId } from './expected-touchpoints.ts';
import { DAY_MS, formatInstant } from './instant.ts';
import { journeyScore } from './journey-score.ts';
import { policyV1 } from './policy.ts';
import { nextDueAt, settle } from './settle.ts';
import { initialState } from './state.ts';
import { tellJourney } from './tell-journey.ts';

const START = Date.UTC(2026, 0, 1);
const at = (days: number) => START + days * DAY_MS;
const days = (time: number | null) => (time === null ? null : (time - START) / DAY_MS);

const order: Definition = {
  type: 'order',
  abandonAfterDays: 20,
  completesOn: ['delivered'],
  expects: [
    { after: 'placed', touchpoint: 'shipped', withinMs: 2 * DAY_MS },
    { after: 'shipped', touchpoint: 'delivered', withinMs: 3 * DAY_MS, counts: false },
  ],
};
const measures = { policy: policyV1, definitions: definitionsByType([order]) };

let told = 0;
function event(day: number, name: string, data: object = {}): JourneyEvent {
  const envelope = { id: `e${told++}`, source: '/t', type: `touchstone.${name}.v1`, customerId: 'c' };
  return { ...envelope, time: at(day), data: { journeyId: 'j', journeyType: 'order', ...data } } as JourneyEvent;
}
const moment = (day: number, touchpoint: string, outcome = 'succeeded') =>
  event(day, 'moment.recorded', { touchpoint, channel: 'web', outcome });

/** The customer after these events, settled to a day, with the promises by their touchpoints. */
function after(events: readonly JourneyEvent[], day: number) {
  const state = initialState('c');
  const changes = newChanges();
  for (const each of events) apply(measures, state, each, changes);
  settle(measures, state, at(day), changes);
  const journey = state.journeys.get('j')!;
  const promises = [...state.promises.values()].map((promise) => {
    return [promise.touchpoint, [promise.state, days(promise.madeAt), days(promise.dueAt), days(promise.closedAt)]];
  });
  return {
    state,
    journey,
    score: journeyScore(policyV1, journey),
    promises: Object.fromEntries(promises),
    incidents: state.trust.incidents.size,
    announced: changes.announcements.filter(({ kind }) => kind !== 'trust-changed').map(inWords),
  };
}

function inWords(announcement: Announcement): string {
  const promise = 'promiseId' in announcement ? ` ${announcement.promiseId.split(':').at(-1)}` : '';
  return `${announcement.kind}${promise} ${days(announcement.at)}`;
}

describe('an expected touchpoint', () => {
  test('opens with the first succeeded moment after which it is expected, and once', () => {
    const events = [moment(0, 'placed', 'failed'), moment(1, 'placed'), moment(2, 'placed')];
    const { state, promises } = after(events, 2);
    expect(promises).toEqual({ shipped: ['open', 1, 3, null] });
    expect([...state.promises.values()]).toMatchObject([
      { id: 'expected:j:placed:shipped', what: 'shipped expected', journeyId: 'j', isExpected: true, counts: true },
    ]);
    expect(nextDueAt(measures, state)).toBe(at(3));
  });

  test('is kept by an arrival in time, and broken by its due time, which is still in time', () => {
    expect(after([moment(0, 'placed'), moment(2, 'shipped')], 9).promises.shipped).toEqual(['kept', 0, 2, 2]);
    const broken = after([moment(0, 'placed'), moment(0.5, 'shipped', 'failed')], 2.1);
    expect(broken).toMatchObject({ promises: { shipped: ['broken', 0, 2, null] }, incidents: 1 });
    expect(broken.announced).toEqual(['promise-broken shipped 2']);
    expect(broken.journey.brokenPromises).toBe(1);
  });

  test('is kept late by the first arrival after its due time; late news of an arrival in time takes the breach back', () => {
    const late = [moment(0, 'placed'), moment(4, 'shipped'), moment(3, 'shipped')];
    const keptLate = after(late, 4);
    expect(keptLate).toMatchObject({ promises: { shipped: ['kept-late', 0, 2, 4] }, incidents: 1 });
    expect(keptLate.journey).toMatchObject({ brokenPromises: 1, promisesKeptLate: 1 });
    const inTime = after([...late, moment(1, 'shipped')], 4);
    expect(inTime).toMatchObject({ promises: { shipped: ['kept', 0, 2, 1] }, incidents: 0 });
    expect(inTime.journey).toMatchObject({ brokenPromises: 0, promisesKeptLate: 0 });
    expect(inTime.announced).toEqual(['promise-broken shipped 2', 'promise-broken-retracted shipped 1']);
  });

  test('is closed at once by the least arrival that the log holds already; earlier arrivals say nothing', () => {
    const closedBy = (...arrivals: number[]) =>
      after([...arrivals.map((day) => moment(day, 'shipped')), moment(5, 'placed')], 5);
    expect(closedBy(4).promises.shipped).toEqual(['open', 5, 7, null]);
    expect(closedBy(7, 4, 5).promises.shipped).toEqual(['kept', 5, 7, 5]);
    const late = closedBy(9, 8);
    expect(late).toMatchObject({ promises: { shipped: ['kept-late', 5, 7, 8] } });
    expect(late.journey).toMatchObject({ brokenPromises: 1, promisesKeptLate: 1 });
    expect(late.announced).toContain('promise-broken shipped 7');
    expect(late.journey.arrivals?.size).toBe(0);
  });

  test('is withdrawn when its journey ends, at that time; news of an arrival in time still keeps it', () => {
    const ended = [moment(0, 'placed'), event(1, 'journey.completed')];
    expect(after(ended, 9).promises.shipped).toEqual(['withdrawn', 0, 2, 1]);
    expect(after([...ended, moment(1.5, 'shipped')], 9).promises.shipped).toEqual(['kept', 0, 2, 1.5]);
    expect(after([...ended, moment(2.5, 'shipped')], 9).promises.shipped).toEqual(['withdrawn', 0, 2, 1]);
    expect(after([moment(0, 'placed'), event(1, 'journey.abandoned')], 9).promises.shipped).toEqual([
      'withdrawn',
      0,
      2,
      1,
    ]);
  });

  test('is withdrawn at the deadline that abandons its journey, and does not open again with it', () => {
    const patient = { ...order, abandonAfterDays: 1 };
    const impatient = { policy: policyV1, definitions: definitionsByType([patient]) };
    const state = initialState('c');
    for (const each of [moment(0, 'placed'), moment(1.5, 'placed')]) apply(impatient, state, each, newChanges());
    const [promise, ...others] = state.promises.values();
    expect(promise).toMatchObject({ state: 'withdrawn', closedAt: at(1) });
    expect([state.journeys.get('j')!.status, others]).toEqual(['open', []]);
  });

  test('does not open in a completed journey, nor by the moment that completes it', () => {
    const expectsAfterEnd = { ...order, expects: [{ after: 'delivered', touchpoint: 'rated', withinMs: DAY_MS }] };
    const rated = { policy: policyV1, definitions: definitionsByType([expectsAfterEnd]) };
    const state = initialState('c');
    for (const each of [moment(0, 'delivered'), moment(1, 'delivered')]) apply(rated, state, each, newChanges());
    expect(state.promises.size).toBe(0);
  });

  test('first arrives and then opens, where one moment does both, and ends the journey in between', () => {
    const { promises, journey } = after([moment(0, 'placed'), moment(1, 'shipped'), moment(2, 'delivered')], 30);
    expect(promises).toEqual({ shipped: ['kept', 0, 2, 1], delivered: ['kept', 1, 4, 2] });
    expect(journey).toMatchObject({ status: 'completed', brokenPromises: 0 });
  });

  test('that does not count is listed and announced, and costs nothing', () => {
    const { promises, journey, score, incidents, announced } = after([moment(0, 'shipped')], 5);
    expect(promises).toEqual({ delivered: ['broken', 0, 3, null] });
    expect([journey.brokenPromises, score, incidents]).toEqual([0, 70, 0]);
    expect(announced).toEqual(['promise-broken delivered 3']);
  });

  test('keeps apart from a published promise with its id, which an older log may hold', () => {
    const promiseId = expectedPromiseId('j', order.expects![0]!);
    const published = { promiseId, dueAt: formatInstant(at(2)) };
    const events = [event(0, 'promise.made', published), moment(0, 'placed')];
    const { state, journey, incidents } = after([...events, event(1, 'promise.kept', { promiseId })], 9);
    expect([...state.promises.values()].map(({ id, isExpected, state }) => [id, isExpected, state])).toEqual([
      [promiseId, false, 'kept'],
      [promiseId, true, 'broken'],
    ]);
    expect([journey.brokenPromises, incidents]).toEqual([1, 1]);
    expect(after(events, 9).announced).toHaveLength(2);
  });
});

test('an id tells its parts apart whatever they hold', () => {
  const idOf = (journeyId: string, pair: string) => {
    const [touchpoint, next] = pair.split(' ') as [string, string];
    return expectedPromiseId(journeyId, { after: touchpoint, touchpoint: next });
  };
  expect(idOf('j:1', 'a%3A b:c')).toBe('expected:j%3A1:a%253A:b%3Ac');
  expect(new Set([idOf('j:a', 'b c'), idOf('j', 'a:b c'), idOf('j', 'a b:c')]).size).toBe(3);
});

test('publishers may not use the ids of expected promises; elsewhere such a text is theirs', () => {
  const published = (name: string, data: object) => {
    const envelope = { specversion: '1.0', id: '1', source: '/s', type: `touchstone.${name}.v1`, subject: 'c' };
    return eventFaults({ ...envelope, time: formatInstant(at(0)), data: { promiseId: 'expected:j:a:b', ...data } });
  };
  for (const name of ['promise.made', 'promise.kept', 'promise.withdrawn']) {
    expect(published(name, { dueAt: formatInstant(at(1)) })).toMatchObject([{ path: 'data.promiseId' }]);
  }
  expect(published('referral.made', {})).toEqual([]);
});

test('a definition names each pair once, of two touchpoints, within whole milliseconds', () => {
  const faultsOf = (expects: readonly object[]) => {
    const parsed = definitionSchema.safeParse({ type: 'order', expects });
    return parsed.error?.issues.map(({ path }) => path.join('.')) ?? [];
  };
  const pair = { after: 'a', touchpoint: 'b', withinMs: 1 };
  expect(faultsOf([pair, { ...pair, touchpoint: 'c', counts: false }])).toEqual([]);
  expect(faultsOf([pair, { ...pair, withinMs: 2 }])).toEqual(['expects']);
  expect(faultsOf([{ ...pair, touchpoint: 'a' }])).toEqual(['expects.0.touchpoint']);
  for (const withinMs of [0, -1, 1.5, 2e12]) expect(faultsOf([{ ...pair, withinMs }])).toEqual(['expects.0.withinMs']);
});

test('a timeline says what is expected since a moment, by when, and what came of it', () => {
  const journey = tellJourney(measures, 'c', [moment(0, 'placed'), moment(1, 'shipped')], 'j', at(9))!;
  expect(journey.timeline.map(({ touchpoint, expected, expects }) => ({ touchpoint, expected, expects }))).toEqual([
    {
      touchpoint: 'placed',
      expects: [
        {
          promiseId: 'expected:j:placed:shipped',
          touchpoint: 'shipped',
          dueAt: at(2),
          counts: true,
          state: 'kept',
          closedAt: at(1),
        },
      ],
    },
    {
      touchpoint: 'shipped',
      expects: [
        {
          promiseId: 'expected:j:shipped:delivered',
          touchpoint: 'delivered',
          dueAt: at(4),
          counts: false,
          state: 'broken',
          closedAt: null,
        },
      ],
    },
    { touchpoint: 'delivered', expected: true },
  ]);
});
