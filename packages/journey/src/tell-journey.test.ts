import fc from 'fast-check';
import { expect, test } from 'vitest';
import { history, measures } from '../testing/random-history.ts';
import type { JourneyEvent } from './events.ts';
import { DAY_MS } from './instant.ts';
import { foldCustomer, type JourneyView, tellJourney } from './tell-journey.ts';

const START = Date.UTC(2026, 0, 1);
const order = { journeyId: 'j', journeyType: 'order' };

let count = 0;
function event(days: number, type: string, data: object): JourneyEvent {
  const time = START + days * DAY_MS;
  return {
    id: `t${count++}`,
    source: '/t',
    type: `touchstone.${type}.v1`,
    customerId: 'c',
    time,
    data,
  } as JourneyEvent;
}
const moment = (days: number, data: object = {}) =>
  event(days, 'moment.recorded', {
    ...order,
    touchpoint: 'desk.asked',
    channel: 'web',
    outcome: 'succeeded',
    ...data,
  });
const dueOn = (days: number) => new Date(START + days * DAY_MS).toISOString();
const tell = (events: readonly JourneyEvent[], days: number) =>
  tellJourney(measures, 'c', events, 'j', START + days * DAY_MS)!;

const inOrder = ({ timeline }: JourneyView) => [...timeline].sort((a, b) => a.order - b.order);
const shortly = (view: JourneyView) =>
  inOrder(view).map((entry) => [
    entry.type.replace(/^touchstone\.(.*)\.v1$/, '$1'),
    (entry.at - START) / DAY_MS,
    entry.scoreBefore,
    entry.scoreAfter,
  ]);

test('a promise that lapses between two events stands between them, with the points that it cost', () => {
  const told = tell(
    [moment(0), event(0, 'promise.made', { ...order, promiseId: 'p', dueAt: dueOn(2), touchpoint: 'call' }), moment(5)],
    6,
  );
  expect(shortly(told)).toEqual([
    ['moment.recorded', 0, null, 70],
    ['promise.made', 0, 70, 70],
    ['change.promise-broken', 2, 70, 60],
    ['moment.recorded', 5, 60, 60],
  ]);
  expect(told.timeline[2]).toMatchObject({
    eventId: 'promise-broken/p/2026-01-03T00:00:00.000Z',
    source: 'touchstone',
    isFallenDue: true,
    promiseId: 'p',
    touchpoint: 'call',
  });
  expect(told.timeline.filter(({ isFallenDue }) => isFallenDue)).toHaveLength(1);
});

test('a journey that nobody went on with ends its timeline with having been abandoned', () => {
  expect(shortly(tell([moment(0)], 100)).at(-1)).toEqual(['change.journey-abandoned', 30, 70, 70]);
});

test('news that names no journey stands in the timeline of the journey that it moved, as come from outside', () => {
  const told = tell(
    [
      moment(0),
      event(1, 'complaint.raised', { ...order, complaintId: 'x' }),
      event(2, 'complaint.resolved', { complaintId: 'x' }),
    ],
    3,
  );
  expect(shortly(told).at(-1)).toEqual(['complaint.resolved', 2, 60, 70]);
  expect(told.timeline.map(({ isOutside }) => isOutside)).toEqual([false, false, true]);
});

test('late news stands at its time, and its order says that it came after what happened later', () => {
  const events = [
    moment(0),
    event(0, 'promise.made', { ...order, promiseId: 'p', dueAt: dueOn(2) }),
    moment(5),
    event(1, 'promise.kept', { promiseId: 'p' }),
  ];
  const told = tell(events, 6);
  expect(told.timeline.map(({ order }) => order)).toEqual([0, 1, 4, 2, 3]);
  expect(shortly(told).slice(2)).toEqual([
    ['change.promise-broken', 2, 70, 60],
    ['moment.recorded', 5, 60, 60],
    ['promise.kept', 1, 60, 70],
  ]);
});

test('of the promises not kept in time it is known how many were kept late', () => {
  const promise = (promiseId: string) => event(0, 'promise.made', { ...order, promiseId, dueAt: dueOn(1) });
  const told = tell([promise('a'), promise('b'), event(2, 'promise.kept', { promiseId: 'a' })], 3);
  expect(told).toMatchObject({ brokenPromises: 2, promisesKeptLate: 1 });
  const [a, b] = [promise('a'), promise('b')];
  const corrected = tell(
    [a, b, event(2, 'promise.kept', { promiseId: 'a' }), event(1, 'promise.kept', { promiseId: 'a' })],
    3,
  );
  expect(corrected).toMatchObject({ brokenPromises: 1, promisesKeptLate: 0 });
});

test('feedback says what asked for it, in the explanation and in the timeline', () => {
  const told = tell(
    [moment(0), event(1, 'feedback.given', { ...order, instrument: 'csat', score: 5, touchpoint: 'desk.asked' })],
    2,
  );
  expect(told.explanation.moments.map(({ instrument }) => instrument)).toEqual([null, 'csat']);
  expect(told.timeline.map(({ instrument }) => instrument)).toEqual([undefined, 'csat']);
});

test('in every random history the score changes at entries alone, and the last entry leaves the score', () => {
  let dueEntries = 0;
  fc.assert(
    fc.property(history, fc.nat(400), (events, days) => {
      const now = Math.max(...events.map(({ time }) => time)) + days * DAY_MS;
      for (const id of foldCustomer(measures, 'c1', events, now)!.journeys.keys()) {
        const view = tellJourney(measures, 'c1', events, id, now)!;
        let score: number | null = null;
        for (const entry of inOrder(view)) {
          expect(entry.scoreBefore).toBe(score);
          score = entry.scoreAfter;
          if (entry.isFallenDue) dueEntries++;
        }
        expect(score).toBe(view.score);
        expect(inOrder(view).map(({ order }) => order)).toEqual(view.timeline.map((_, index) => index));
        const times = view.timeline.map(({ at }) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    }),
    { numRuns: 500 },
  );
  expect(dueEntries).toBeGreaterThan(100);
});

test('in every random history each change of stage in the timeline is one of the customer, and none stands twice', () => {
  fc.assert(
    fc.property(history, (events) => {
      const now = Math.max(...events.map(({ time }) => time)) + 10 * DAY_MS;
      const state = foldCustomer(measures, 'c1', events, now)!;
      for (const journey of state.journeys.values()) {
        const view = tellJourney(measures, 'c1', events, journey.id, now)!;
        const moves = inOrder(view).flatMap(({ from, to, at, because }) =>
          to === undefined ? [] : [{ from, to, at, because }],
        );
        const known = state.history.filter(({ from, to, at, because }) =>
          moves.some((move) => move.at === at && move.from === from && move.to === to && move.because === because),
        );
        expect(moves).toMatchObject(known.map(({ from, to, at, because }) => ({ from, to, at, because })));
      }
    }),
    { numRuns: 200 },
  );
});
