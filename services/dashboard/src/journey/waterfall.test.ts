import type { Explanation, Verdict } from '@touchstone/api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { startWords } from '../i18n/language.ts';
import { folded, waterfallOf } from './waterfall.ts';

beforeAll(startWords);

const moment = (touchpoint: string | null, share: number, score: number, verdict: Verdict = 'confirmed') => ({
  eventId: `${touchpoint}-${share}-${score}`,
  touchpoint,
  instrument: null,
  at: '2026-01-01T00:00:00.000Z',
  expectation: 4,
  perception: 4,
  verdict,
  score,
  weight: 1,
  share,
});

const noOthers = { count: 0, points: 0 };

test('the steps lead from 0 over every moment and adjustment to the score', () => {
  const waterfall = waterfallOf({
    moments: [moment('order.placed', 0.5, 70), moment('delivery.received', 0.5, 100, 'exceeded')],
    otherMoments: noOthers,
    adjustments: [{ kind: 'broken-promises', points: -10 }],
    cap: null,
    score: 75,
  });
  expect(waterfall?.steps.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['moment', 0, 35],
    ['moment', 35, 85],
    ['adjustment', 85, 75],
  ]);
  expect(waterfall?.addsUp).toBe(true);
});

test('what moments of other pages give is a step, and is drawn with those that are not drawn', () => {
  const explanation = {
    moments: Array.from({ length: 5 }, (_, at) => moment(`t${at}`, 0.1, 80)),
    otherMoments: { count: 95, points: 30 },
    adjustments: [],
    cap: null,
    score: 70,
  };
  const waterfall = waterfallOf(explanation)!;
  expect(waterfall.addsUp).toBe(true);
  expect(waterfall.steps.at(-1)).toMatchObject({ kind: 'others', label: '95 other moments', from: 40, to: 70 });
  expect(waterfall.steps.at(-1)!.possible).toBeCloseTo(50, 9);
  const drawn = folded(waterfall.steps, 3);
  expect(drawn.map(({ kind }) => kind)).toEqual(['moment', 'moment', 'others']);
  expect(drawn.at(-1)).toMatchObject({ label: '98 other moments', to: expect.closeTo(70, 9) });
});

test('the clamp is a step where it changes something, and the veto wherever it stands', () => {
  const vetoed = waterfallOf({
    moments: [moment('payment', 1, 40)],
    otherMoments: noOthers,
    adjustments: [],
    cap: 0,
    score: 0,
  });
  expect(vetoed?.steps.at(-1)).toMatchObject({ kind: 'cap', label: 'Veto: at most 0.0', points: -40, to: 0 });
  const milder = waterfallOf({
    moments: [moment('payment', 1, 40)],
    otherMoments: noOthers,
    adjustments: [],
    cap: 62.5,
    score: 40,
  });
  expect(milder?.steps.at(-1)).toMatchObject({ kind: 'cap', label: 'Veto: at most 62.5', points: 0, to: 40 });
  const clamped = waterfallOf({
    moments: [moment('payment', 1, 5)],
    otherMoments: noOthers,
    adjustments: [{ kind: 'open-complaints', points: -20 }],
    cap: 0,
    score: 0,
  });
  expect(clamped?.steps.map((step) => step.kind)).toEqual(['moment', 'adjustment', 'clamp', 'cap']);
  expect(clamped?.steps.at(-2)).toMatchObject({ points: 15, to: 0 });
  expect(clamped).toMatchObject({ addsUp: true });
});

test('an explanation that does not add up is called so', () => {
  expect(
    waterfallOf({ moments: [moment('a', 1, 70)], otherMoments: noOthers, adjustments: [], cap: null, score: 60 })
      ?.addsUp,
  ).toBe(false);
});

test('an answer to a survey is called by the survey, not by the moment that it is about', () => {
  const labels = (instrument: 'csat' | 'ces', touchpoint: string | null) => {
    const answer = { ...moment(touchpoint, 0.5, 70), instrument };
    const moments = [moment('support.solved', 0.5, 70), answer];
    return waterfallOf({ moments, otherMoments: noOthers, adjustments: [], cap: null, score: 70 })?.steps.map(
      ({ label }) => label,
    );
  };
  expect(labels('csat', 'support.solved')).toEqual(['support.solved', 'CSAT at support.solved']);
  expect(labels('ces', null)).toEqual(['support.solved', 'CES']);
});

test('a journey without a score has no waterfall', () => {
  expect(waterfallOf({ moments: [], otherMoments: noOthers, adjustments: [], cap: null, score: null })).toBeNull();
});

test('folding a long journey keeps its largest moments in order and still ends where the whole ended', () => {
  const shares = fc.array(fc.tuple(fc.double({ min: 0.001, max: 1, noNaN: true }), fc.integer({ min: 0, max: 100 })), {
    minLength: 1,
    maxLength: 80,
  });
  fc.assert(
    fc.property(shares, fc.integer({ min: 2, max: 30 }), (drawn, most) => {
      const moments = drawn.map(([share, score], index) => moment(`m${index}`, share, score));
      const explanation: Omit<Explanation, 'whatIf'> = {
        moments,
        otherMoments: noOthers,
        adjustments: [{ kind: 'open-complaints', points: -10 }],
        cap: null,
        score: 0,
      };
      const whole = waterfallOf(explanation)!.steps;
      const short = folded(whole, most);
      expect(short.filter(({ kind }) => kind === 'moment' || kind === 'others').length).toBe(
        Math.min(most, moments.length),
      );
      expect(short.at(-1)!.to).toBeCloseTo(whole.at(-1)!.to, 6);
      expect(short.filter(({ kind }) => kind === 'adjustment')).toHaveLength(1);
    }),
  );
});
