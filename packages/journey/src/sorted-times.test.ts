import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addTime, nextTime, removeTime, type SortedTimes } from './sorted-times.ts';

test('times added and taken away in any order stand in order, and each search finds the first at or after its time', () => {
  const step = fc.record({ time: fc.nat(3_000), isRemoval: fc.boolean() });
  const steps = fc.array(step, { maxLength: 3_000, size: 'max' });
  fc.assert(
    fc.property(steps, fc.array(fc.nat(3_000), { maxLength: 20 }), (given, asked) => {
      const times: SortedTimes = [];
      const plain: number[] = [];
      for (const { time, isRemoval } of given) {
        const index = plain.indexOf(time);
        if (isRemoval && index >= 0) {
          removeTime(times, time);
          plain.splice(index, 1);
        } else {
          addTime(times, time);
          plain.push(time);
        }
      }
      plain.sort((a, b) => a - b);
      expect(times.flat()).toEqual(plain);
      expect(times.every(({ length }) => length > 0 && length <= 512)).toBe(true);
      for (const from of asked) expect(nextTime(times, from)).toBe(plain.find((time) => time >= from));
    }),
    { numRuns: 30 },
  );
});
