import { describe, expect, test } from 'vitest';
import type { Definitions } from './chronicle.ts';
import { disagreements } from './fold-against-oracle.ts';
import { measure } from './measure.ts';
import { scoreOf } from './moment-score.ts';
import type { EventData, PublishedEvent } from './published-event.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const at = (day: number) => START + day * DAY;

function event(day: number, name: string, data: EventData): PublishedEvent {
  const time = new Date(at(day)).toISOString();
  const id = JSON.stringify([day, name, data]);
  return { specversion: '1.0', id, source: '/test', type: `touchstone.${name}.v1`, subject: 'c1', time, data };
}

const order = { journeyId: 'j1', journeyType: 'order' };
const delight = (day: number) =>
  event(day, 'moment.recorded', { touchpoint: 'desk', channel: 'web', outcome: 'succeeded', perception: 5 });
const failure = (day: number) =>
  event(day, 'moment.recorded', { ...order, touchpoint: 'pay', channel: 'web', outcome: 'failed', perception: 5 });
const definitions: Definitions = { order: { type: 'order', touchpoints: { pay: { critical: true } } } };

/** Returns the oracle's answer, and expects that the product gives the same. */
function measured(events: readonly PublishedEvent[], day: number) {
  expect(disagreements(events, definitions, [at(day)], [at(day - 30)])).toEqual([]);
  return measure(events, definitions, at(day));
}

describe('the oracle', () => {
  test.each([
    [3, [0, 56.957, 70, 75.59, 100]],
    [4, [0, 40.654, 62.966, 70, 100]],
    [4.5, [0, 35.454, 56.957, 70, 70]],
    [5, [0, 31.407, 51.867, 65.195, 70]],
  ])('scores a moment with the expectation %d as the table of the measurement does', (e, scores) => {
    expect([1, 2, 3, 4, 5].map((p) => Number(scoreOf(e, p).score.toFixed(3)))).toEqual(scores);
  });

  test('ages a standing failure by the greatest of its times, however late the others are told', () => {
    const events = [failure(50), failure(0), delight(51), delight(52), delight(53), delight(120)];
    expect(measured(events, 120)).toMatchObject({ stage: 'none', history: [] });
    expect(measured([...events, delight(140)], 140)).toMatchObject({ stage: 'cognitive', since: at(140) });
    expect(measured(events, 300).journeys.get('j1')).toMatchObject({ score: 0, cap: 0, failures: 2 });
  });

  test('takes a breach back when the news of a kept promise was late, and not when the promise was', () => {
    const made = event(0, 'promise.made', { ...order, promiseId: 'p', dueAt: new Date(at(2)).toISOString() });
    const broken = [made, delight(3)];
    const states = (events: readonly PublishedEvent[]) => measured(events, 5).promises.map(({ state }) => state);
    expect(states([made, event(2, 'promise.kept', { promiseId: 'p' }), delight(3)])).toEqual(['kept']);
    expect(states(broken)).toEqual(['broken']);
    expect(states([...broken, event(2, 'promise.kept', { promiseId: 'p' })])).toEqual(['kept']);
    expect(states([...broken, event(4, 'promise.kept', { promiseId: 'p' })])).toEqual(['kept-late']);
    expect(states([...broken, event(4, 'promise.withdrawn', { promiseId: 'p' })])).toEqual(['broken']);
  });
});
