import { expect, test } from 'vitest';
import { filterOf, otherStreamWord, partFilters, streamWord } from './bloom-filter.ts';
import { ENTRY_BYTES, writeEntry } from './entries.ts';
import { identityOf, identityWords, type KeyWords, streamHash } from './identity-hash.ts';

const PARTS = 40;
const ENTRIES = 500;
const keyOf = (part: number, n: number): KeyWords => {
  const stream = `customer-${part}-${Math.floor(n / 5)}`;
  return [streamHash(stream), ...identityWords(identityOf({ stream, source: '/s', id: `${n}` }))];
};

test('a filter never denies a key or a stream of its part, and seldom affirms another', () => {
  const filters = partFilters(PARTS, 0);
  for (let part = 0; part < PARTS; part++) {
    const entries = Buffer.alloc(ENTRIES * ENTRY_BYTES);
    for (let n = 0; n < ENTRIES; n++) writeEntry(entries, n * ENTRY_BYTES, ...keyOf(part, n), n + 1);
    filters.add(filterOf(entries), ENTRIES);
  }
  let wrong = 0;
  for (let part = 0; part < PARTS; part++) {
    expect(filters.entriesOf(part)).toBe(ENTRIES);
    for (let n = 0; n < ENTRIES; n++) {
      const [stream, one, two] = keyOf(part, n);
      expect(filters.mayHold(part, one, two)).toBe(true);
      expect(filters.mayHold(part, streamWord(stream), otherStreamWord(stream))).toBe(true);
      const [otherStream, otherOne, otherTwo] = keyOf(part + PARTS, n);
      if (filters.mayHold(part, otherOne, otherTwo)) wrong += 1;
      if (filters.mayHold(part, streamWord(otherStream), otherStreamWord(otherStream))) wrong += 1;
    }
  }
  expect(wrong).toBeLessThan(PARTS * ENTRIES * 2 * 0.004);
});

test('the filter of a part without entries denies everything', () => {
  const filters = partFilters(1, 0);
  filters.add(filterOf(Buffer.alloc(0)), 0);
  for (let n = 0; n < 100; n++) expect(filters.mayHold(0, keyOf(0, n)[1], keyOf(0, n)[2])).toBe(false);
});
