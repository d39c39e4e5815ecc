import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BATCH_EVENTS_MAX, EVENT_BYTES_MAX, EVENT_MARKS_MAX } from '../event-limits.ts';
import { isJsonArray, jsonArray, jsonArrayInTurns } from './json-array.ts';

const elementsOf = (text: string) => {
  const array = jsonArray(Buffer.from(text), BATCH_EVENTS_MAX);
  return array && Array.from({ length: array.count }, (_, index) => array.bytes(index).toString());
};

describe('the elements of an array', () => {
  it('are found exactly as they were sent', () => {
    const spaces = fc.constantFrom('', ' ', '\n\t');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.json(), spaces)), spaces, (elements, space) => {
        const text = `${space}[${elements.map(([element, around]) => around + element + around).join(',')}${space}]${space}`;
        expect(isJsonArray(Buffer.from(text))).toBe(true);
        expect(elementsOf(text)).toEqual(elements.map(([element]) => element));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    ' ',
    '{}',
    '"[]"',
    '[',
    '[1',
    '[1,',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1]x',
    '[1}',
    '["',
    '["\\',
    '[[]',
    '[{"a":1]',
    '[\0 1]',
    '[1 2]',
  ])('are not found in %s, which is no whole array', (text) => {
    const found = elementsOf(text);
    // An element may still be empty between two commas; the element's parser reports that.
    if (found !== undefined) expect(() => JSON.parse(text)).toThrow();
    else expect(found).toBeUndefined();
  });

  it('are counted beyond the most that are described', () => {
    const array = jsonArray(Buffer.from('[1, 2, 3]'), 2)!;
    expect([array.count, array.bytes(1).toString(), array.begin(1)]).toEqual([3, '2', 4]);
  });
});

it('whatever JSON.parse takes for an array is one, with as many elements', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', '1', ' ', ':') }), (text) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        return;
      }
      expect(elementsOf(text)?.length).toBe(Array.isArray(parsed) ? parsed.length : undefined);
    }),
    { numRuns: 20_000 },
  );
});

it('an element that no event can be is known without parsing: too long, or too many values', () => {
  const long = `"${'x'.repeat(EVENT_BYTES_MAX)}"`;
  const many = `[${'[],'.repeat(EVENT_MARKS_MAX / 2)}[]]`;
  const most = `[${'[],'.repeat(EVENT_MARKS_MAX / 2 - 1)}[]]`;
  const array = jsonArray(Buffer.from(`[${long},{"a":"[[[,,,{{{"},${many},${most}]`), BATCH_EVENTS_MAX)!;
  expect([0, 1, 2, 3].map((index) => array.fault(index)?.code)).toEqual([
    'event_too_large',
    undefined,
    'invalid_event',
    undefined,
  ]);
});

it('an array that is looked through in turns is the same, and gives way meanwhile', async () => {
  const elements = [`"${'x'.repeat(1_500_000)}"`, `[${'[],'.repeat(400_000)}[]]`, '{"a": [1]}'];
  for (const text of [`[${elements.join(' , ')}]`, `[${elements.join(',')}`, `[${elements.join(',')}]]`]) {
    let turns = 0;
    const turn = async () => void turns++;
    const inTurns = await jsonArrayInTurns(Buffer.from(text), 2, turn);
    expect(inTurns && [inTurns.count, inTurns.begin(1), inTurns.end(1), inTurns.fault(1)]).toEqual(
      describedAtOnce(text),
    );
    expect(turns).toBe(Math.ceil(text.length / (256 * 1024)) - 1);
  }
});

function describedAtOnce(text: string) {
  const array = jsonArray(Buffer.from(text), 2);
  return array && [array.count, array.begin(1), array.end(1), array.fault(1)];
}
