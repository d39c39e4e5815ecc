import { expect, test } from 'vitest';
import { attributeParameters } from './parameters.ts';

test('an attribute may be asked for whatever its name begins with, but it must have one', () => {
  for (const name of ['a', '\n', '\nteam', '\r\n', '\u2028', '.']) {
    expect(attributeParameters.safeParse({ [`attribute.${name}`]: 'x' }).success).toBe(true);
  }
  expect(attributeParameters.safeParse({ 'attribute.': 'x' }).success).toBe(false);
});
