import { expect, test } from 'vitest';
import { viewOf, xxHash32, xxHash32Of } from './xx-hash.ts';

/** Checksums of the reference implementation, xxHash 0.8. */
test.each([
  ['', 0, 0x02cc5d05],
  ['', 0x9e3779b1, 0x36b78ae7],
  ['a', 0, 0x550d7456],
  ['abc', 0, 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
])('the sum of %j from %i is that of the reference', (text, seed, sum) => {
  expect(xxHash32(text, seed)).toBe(sum);
});

test('a text has one sum, whichever way its bytes are got, and half a pair is what it is stored as', () => {
  const long = 'é'.repeat(40_000);
  expect(xxHash32(long, 1)).not.toBe(xxHash32(`${long.slice(1)}e`, 1));
  expect(xxHash32('a\ud800b', 1)).toBe(xxHash32('a\ufffdb', 1));
});

test('bytes in the midst of others have the sum of their text', () => {
  for (const text of ['', 'a', 'Nobody inspects the spammish repetition', 'grüße 你好 👋']) {
    const bytes = Buffer.from(text);
    const around = viewOf(Buffer.concat([Buffer.from('abc'), bytes, Buffer.from('xyz')]));
    expect(xxHash32Of(around, 3, 3 + bytes.length, 7)).toBe(xxHash32(text, 7));
  }
});
