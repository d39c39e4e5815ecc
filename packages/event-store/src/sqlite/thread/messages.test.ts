import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packMinutes, unpackMinutes } from './messages.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const counted = fc.record({ events: count, checksum: count });
const outcomes = fc.option(count, { nil: null });

const minutesOf = (marks: number) =>
  fc.record({
    ranges: fc.array(fc.record({ minute: count, after: fc.bigInt(), upTo: fc.bigInt() }), { maxLength: 3 }),
    counts: fc.array(
      fc.record({
        minute: count,
        source: fc.string({ unit: 'grapheme' }),
        accepted: count,
        duplicates: outcomes,
        conflicts: outcomes,
        rejected: outcomes,
        stored: counted,
        upTo: fc.array(counted, { minLength: marks, maxLength: marks }),
      }),
      { maxLength: 5 },
    ),
  });

test('counted minutes cross to another thread as they are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: 2 }).chain(minutesOf), async (minutes) => {
      expect(await unpackMinutes(structuredClone(packMinutes(minutes)))).toEqual(minutes);
    }),
  );
});
