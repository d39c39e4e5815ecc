import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contentIds, occurrences } from './row-ids.ts';

it('equal rows get the same ids in any order, and each its own', () => {
  const cell = fc.option(fc.constantFrom('', 'a', 'b', '1;a', '-;'), { nil: undefined });
  const row = fc.tuple(cell, cell);
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), fc.array(row, { maxLength: 5 }), (rows, more) => {
      const ids = (all: typeof rows) => {
        const next = contentIds(['a', 'b']);
        return all.map((parts) => next(parts));
      };
      const once = ids(rows);
      expect(new Set(once).size).toBe(rows.length);
      expect(ids([...rows].reverse()).toSorted()).toEqual(once.toSorted());
      expect(ids([...more, ...rows])).toEqual(expect.arrayContaining(once));
    }),
  );
});

it('occurrences are counted beyond the first size of their table, also of keys that begin at one place', () => {
  const nth = occurrences();
  for (let round = 1; round <= 2; round++) {
    for (let key = 0; key < 5000; key++) expect(nth(key, 7)).toBe(round);
    for (let key = 0; key < 5000; key++) expect(nth(0xffffffff, 0xffff0000 + key)).toBe(round);
  }
});
