import { expect, test } from 'vitest';
import { flowsOf } from './river-flows.ts';

const dayOf = (day: number): string => new Date(Date.UTC(2026, 2, day)).toISOString();
const bucket = (day: number, none: number, cognitive: number) => ({
  ...{ start: dayOf(day), end: dayOf(day + 1), isOpen: false },
  ...{ none, cognitive, affective: 0, behavioural: 0 },
});
const buckets = [bucket(1, 10, 30), bucket(2, 20, 20), bucket(3, 20, 20)];
const fall = (day: number, because: string, changes: number) =>
  ({ from: 'cognitive', to: 'none', because, bucket: dayOf(day), changes, customers: changes }) as const;
const SIZE = [100, 40] as const;

test('a flow runs from the middle of the band left to that of the band entered, as high as its customers', () => {
  const { flows } = flowsOf(buckets, [fall(2, 'idle', 8), fall(2, 'complaint-open', 2)], SIZE);
  expect(flows).toEqual([{ key: '1 cognitive none', isFall: true, path: 'M0 15C25 15 25 30 50 30', width: 10 }]);
});

test('a loss stands on the edge of its band, halfway into its time, with all its reasons, the most frequent first', () => {
  const { losses } = flowsOf(buckets, [fall(2, 'idle', 2), fall(2, 'complaint-open', 8)], SIZE);
  const reasons = [
    { because: 'complaint-open', n: 8 },
    { because: 'idle', n: 2 },
  ];
  expect(losses).toEqual([
    {
      key: '1 cognitive',
      bucket: buckets[1],
      stage: 'cognitive',
      n: 10,
      reasons,
      x: 0.25,
      y: 0.625,
      isNamed: true,
      isLate: false,
    },
  ]);
});

test('the greatest losses have words, if there is room for them', () => {
  const { losses } = flowsOf(buckets, [fall(1, 'idle', 1), fall(3, 'idle', 2)], SIZE);
  expect(losses.map(({ n, isNamed, isLate }) => [n, isNamed, isLate])).toEqual([
    [1, true, false],
    [2, true, true],
  ]);
  const close = [1, 2, 3, 4, 5, 6, 7, 8].map((day) => bucket(day, 20, 20));
  const crowded = flowsOf(close, [fall(2, 'idle', 3), fall(3, 'idle', 2)], SIZE).losses;
  expect(crowded.map(({ n, isNamed }) => [n, isNamed])).toEqual([
    [3, true],
    [2, false],
  ]);
});

test('what rises, and what moved beyond the buckets, is no loss', () => {
  const rise = {
    from: 'none',
    to: 'cognitive',
    because: 'earned',
    bucket: dayOf(2),
    changes: 4,
    customers: 4,
  } as const;
  const { flows, losses } = flowsOf(buckets, [rise, fall(9, 'idle', 1)], SIZE);
  expect(losses).toEqual([]);
  expect(flows.map(({ isFall }) => isFall)).toEqual([false]);
});
