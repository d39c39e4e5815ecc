import { expect, test } from 'vitest';
import { pointOfView } from './folded.ts';
import { ATTRIBUTE_FILTERS_MAX, attributeParameters } from './parameters.ts';

const attributes = attributeParameters('for the test');

test('an attribute may be asked for whatever its name begins with, but it must have one', () => {
  for (const name of ['a', '\n', '\nteam', '\r\n', '\u2028', '.']) {
    expect(attributes.safeParse({ [`attribute.${name}`]: 'x' }).success).toBe(true);
  }
  expect(attributes.safeParse({ 'attribute.': 'x' }).success).toBe(false);
});

test('of one question no more attributes are looked for than a row can be asked for at once, and no longer names than events have', () => {
  const filters = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`attribute.${i}`, 'x']));
  expect(attributes.safeParse(filters(ATTRIBUTE_FILTERS_MAX)).success).toBe(true);
  const { error } = attributes.safeParse(filters(700));
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/8 times at most, and is 700/)]);
  expect(attributes.safeParse({ [`attribute.${'n'.repeat(129)}`]: 'x' }).success).toBe(false);
});

test('a page goes on only at a time that there may be', () => {
  const goOn = (cursor: string) => pointOfView.safeParse({ cursor }).data?.cursor;
  expect(goOn('7.1772359200000.50')).toEqual({ upTo: 7n, now: 1_772_359_200_000, offset: 50 });
  expect(goOn('7.999999999999999.50')).toBeUndefined();
});
