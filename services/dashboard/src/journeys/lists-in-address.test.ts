import { expect, test } from 'vitest';
import { listIn, listIntoText } from './lists-in-address.ts';

test('names of any characters come back from an address as they were', () => {
  for (const names of [['a'], ['a,b', 'c'], ['%2C', '%25', '100 %'], ['', 'x'], ['"', '😀', '\n'], ['%252C']]) {
    expect(listIn(listIntoText(names))).toEqual(names);
  }
  expect(listIn(undefined)).toEqual([]);
});
