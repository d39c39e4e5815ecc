import { expect, it } from 'vitest';
import { inFlight } from './in-flight.ts';

const REFUSED = expect.objectContaining({ status: 503, code: 'overloaded', headers: { 'retry-after': '1' } });

it('takes what fits and refuses the rest with a time to come back; what was held stays held', () => {
  const room = inFlight(10, 'events');
  const first = room.hold();
  first.set(6);
  const second = room.hold();
  expect(() => second.set(5)).toThrow(REFUSED);
  second.set(4);
  expect(() => second.set(5)).toThrow(REFUSED);
  expect(room.taken).toBe(10);
  first.release();
  first.release();
  expect(room.taken).toBe(4);
  second.set(10);
});

it('what is larger than the bound gets through alone', () => {
  const room = inFlight(10, 'events');
  const large = room.hold();
  large.set(50);
  expect(() => room.hold().set(1)).toThrow(REFUSED);
  large.set(60);
  large.release();
  expect(room.taken).toBe(0);
});

it('one owner has half of it, and the others the rest', () => {
  const room = inFlight(10, 'events');
  const [first, second] = [room.hold('greedy'), room.hold('greedy')];
  first.set(3);
  expect(() => second.set(3)).toThrow(REFUSED);
  second.set(2);
  room.hold('other').set(5);
  first.release();
  second.release();
  expect(room.taken).toBe(5);
  room.hold('greedy').set(5);
});

it('those who wait are let in, in their order, as soon as there is room', async () => {
  const room = inFlight(10, 'events');
  const held = room.hold();
  held.set(10);
  const order: number[] = [];
  const waiting = [8, 2, 1].map((amount) => {
    const holding = room.hold();
    return { holding, let: holding.wait(amount).then(() => order.push(amount)) };
  });
  held.set(1);
  await waiting[0]!.let;
  expect(order).toEqual([8]);
  held.release();
  waiting[0]!.holding.release();
  await Promise.all(waiting.map((one) => one.let));
  expect(order).toEqual([8, 2, 1]);
  expect(room.taken).toBe(3);
});

it('one whose share is used up waits without holding up others', async () => {
  const room = inFlight(10, 'events');
  const own = room.hold('greedy');
  own.set(5);
  const order: string[] = [];
  const late = room
    .hold('greedy')
    .wait(2)
    .then(() => order.push('greedy'));
  await room
    .hold('other')
    .wait(2)
    .then(() => order.push('other'));
  own.release();
  await late;
  expect(order).toEqual(['other', 'greedy']);
});
