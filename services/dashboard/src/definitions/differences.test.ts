import { expect, test } from 'vitest';
import { differencesOf } from './differences.ts';

const order = {
  type: 'order',
  steps: ['a', 'b'],
  touchpoints: { a: { weight: 1, critical: true }, b: { title: 'B' } },
  expects: [{ after: 'a', touchpoint: 'b', withinMs: 1 }],
};

test('equal definitions differ nowhere, whatever the order of their names', () => {
  const { type, ...rest } = order;
  expect(differencesOf(order, { ...rest, type })).toEqual([]);
});

test('what was changed, added and taken away is told by its path', () => {
  const { critical: _, ...a } = order.touchpoints.a;
  const after = { ...order, title: 'Order', touchpoints: { ...order.touchpoints, a: { ...a, weight: 2 } } };
  expect(differencesOf(order, after)).toEqual([
    { path: ['touchpoints', 'a', 'weight'], before: 1, after: 2 },
    { path: ['touchpoints', 'a', 'critical'], before: true, after: undefined },
    { path: ['title'], before: undefined, after: 'Order' },
  ]);
});

test('an order of steps is one value, and an expectation is compared with that in its place', () => {
  const after = {
    ...order,
    steps: ['b', 'a'],
    expects: [{ after: 'a', touchpoint: 'b', withinMs: 2 }, order.expects[0]],
  };
  expect(differencesOf(order, after)).toEqual([
    { path: ['steps'], before: ['a', 'b'], after: ['b', 'a'] },
    { path: ['expects', '1', 'withinMs'], before: 1, after: 2 },
    { path: ['expects', '2'], before: undefined, after: order.expects[0] },
  ]);
});

test('a touchpoint that is called constructor is one like others', () => {
  const named = JSON.parse('{"touchpoints":{"constructor":{"weight":2}}}');
  expect(differencesOf({ touchpoints: {} }, named)).toEqual([
    { path: ['touchpoints', 'constructor'], before: undefined, after: { weight: 2 } },
  ]);
});
