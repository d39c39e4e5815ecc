import { expect, test } from 'vitest';
import { parseByteSize } from './byte-size.ts';

test.each([
  ['0', 0],
  ['1048576', 1_048_576],
  ['3KiB', 3_072],
  ['512MiB', 536_870_912],
  ['2GiB', 2_147_483_648],
])('%s is a size', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

test.each(['', 'MiB', '1.5GiB', '-1', '1MB', '1 MiB', '1mib', '9999999999999GiB', '1e3'])('%s is none', (text) =>
  expect(parseByteSize(text)).toBeUndefined(),
);
