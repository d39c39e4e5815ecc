import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  addTime,
  copyTimes,
  countFrom,
  dropTimesBefore,
  firstTime,
  lastTime,
  nextTime,
  noTimes,
  removeTime,
  timeAt,
} from './sorted-times.ts';

test('times added and taken away in any order stand in order, and each search and count finds what a plain list holds', () => {
  const step = fc.record({ time: fc.nat(3_000), isRemoval: fc.boolean() });
  const steps = fc.array(step, { maxLength: 3_000, size: 'max' });
  fc.assert(
    fc.property(steps, fc.array(fc.nat(3_000), { maxLength: 20 }), (given, asked) => {
      const times = noTimes();
      const plain: number[] = [];
      for (const { time, isRemoval } of given) {
        const index = plain.indexOf(time);
        if (isRemoval) {
          removeTime(times, time);
          if (index >= 0) plain.splice(index, 1);
        } else {
          addTime(times, time);
          plain.push(time);
        }
      }
      plain.sort((a, b) => a - b);
      const [first, last] = [plain[0], plain.at(-1)];
      expect([times.chunks.flat(), times.size, firstTime(times), lastTime(times)]).toEqual([
        plain,
        plain.length,
        first,
        last,
      ]);
      expect(times.chunks.every(({ length }) => length > 0 && length <= 512)).toBe(true);
      for (const from of asked) {
        expect(nextTime(times, from)).toBe(plain.find((time) => time >= from));
        expect(countFrom(times, from)).toBe(plain.filter((time) => time >= from).length);
        expect([timeAt(times, from), timeAt(times, -from)]).toEqual([plain.at(from), plain.at(-from)]);
        const later = copyTimes(times);
        dropTimesBefore(later, from);
        expect(later.chunks.flat()).toEqual(plain.filter((time) => time >= from));
        expect(later.size).toBe(later.chunks.flat().length);
      }
      expect(times.size).toBe(plain.length);
    }),
    { numRuns: 30 },
  );
});
