import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrayElements } from './array-elements.ts';

it('the elements of an array are found exactly as they were sent', () => {
  const spaces = fc.constantFrom('', ' ', '\n\t');
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.json(), spaces)), spaces, (elements, space) => {
      const text = `${space}[${elements.map(([element, around]) => around + element + around).join(',')}${space}]${space}`;
      expect(arrayElements(text)).toEqual(elements.map(([element]) => element));
    }),
    { numRuns: 2000 },
  );
});
