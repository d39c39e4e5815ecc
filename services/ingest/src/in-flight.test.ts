import { expect, it } from 'vitest';
import { inFlight } from './in-flight.ts';

it('takes what fits and refuses the rest with a time to come back', () => {
  const room = inFlight(10, 'events');
  room.take(6);
  expect(() => room.take(5)).toThrow(expect.objectContaining({ status: 503, headers: { 'retry-after': '1' } }));
  room.give(6);
  room.take(10);
});

it('what is larger than the bound gets through alone', () => {
  const room = inFlight(10, 'events');
  room.take(50);
  expect(() => room.take(1)).toThrow();
  room.give(50);
  expect(room.taken).toBe(0);
});

it('those who wait are let in, in their order, as soon as there is room', async () => {
  const room = inFlight(10, 'events');
  room.take(10);
  const order: number[] = [];
  const waiting = [8, 2, 1].map((amount) => room.wait(amount).then(() => order.push(amount)));
  room.give(9);
  await waiting[0];
  expect(order).toEqual([8]);
  room.give(1);
  room.give(8);
  await Promise.all(waiting);
  expect(order).toEqual([8, 2, 1]);
  expect(room.taken).toBe(3);
});
