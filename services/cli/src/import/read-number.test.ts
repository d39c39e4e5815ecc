import { describe, expect, it } from 'vitest';
import { numberReader } from './read-number.ts';

const comma = numberReader({ decimalComma: true });
const point = numberReader({ decimalComma: false });

describe('numbers of a foreign file', () => {
  it('are read in the form that is declared', () => {
    expect(['1.234,50', '12,5', '-1.234.567', '+7', '1234', ',5', '1,5e3'].map(comma)).toEqual([
      1234.5, 12.5, -1234567, 7, 1234, 0.5, 1500,
    ]);
    expect(['1234.50', '-0.5', '.5', '7.', '1e5', '1.5E-3', '007'].map(point)).toEqual([
      1234.5, -0.5, 0.5, 7, 100_000, 0.0015, 7,
    ]);
    const english = numberReader({ decimalComma: false, thousands: ',' });
    expect(['1,234.50', '1,234,567', '12.5'].map(english)).toEqual([1234.5, 1234567, 12.5]);
    const french = numberReader({ decimalComma: true, thousands: ' ' });
    expect(['1 234,50', '1\u00a0234\u202f567', '12,5'].map(french)).toEqual([1234.5, 1234567, 12.5]);
    expect(numberReader({ decimalComma: false, thousands: "'" })("1'234.50")).toBe(1234.5);
  });

  it.each([
    ['a point as decimal', comma, ['12.50', '0.99', '1.5', '1.23,4', '1,234.50', '12.5e3', '0.123', '1.2345', '.500']],
    ['a comma as decimal', point, ['12,50', '1,234.50', '1.234.567']],
    [
      'uneven groups',
      numberReader({ decimalComma: false, thousands: ',' }),
      ['1,23', '12,34,567', '1234,567', ',123', '1,234,'],
    ],
    [
      'other bases, words and signs',
      point,
      ['0x1F', '0b11', '0o7', 'Infinity', 'NaN', '1_000', '--1', '5-', '(5)', '1e', '٣', ''],
    ],
    ['a currency or a unit', point, ['€12.50', '12.50 EUR', '$5', '50%', '1 234', '1\u00a0234']],
    ['spaces around', point, [' 12.50', '12.50 ', '\u00a012']],
    ['the same in the other form', comma, ['0x1F', '€5', '1 234,50', ' 5', 'Infinity', '']],
  ])('are none with %s, and never another number', (_what, read, texts) => {
    for (const text of texts) expect(read(text), text).toEqual(expect.stringMatching(/^is not a number/));
  });

  it('say what else is wrong: spaces around, no range, digits that would be lost', () => {
    expect(comma('12.50')).toContain('in the form 1.234,50');
    expect(point(' 5')).toContain('"trim": true');
    expect(point('1e400')).toBe('is beyond the range of numbers');
    for (const text of ['12345678901234567890', '9007199254740993', '1e21', '-9007199254740993']) {
      expect(point(text)).toContain('digits would be lost');
    }
    expect(point('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => numberReader({ decimalComma: true, thousands: ',' })).toThrow('cannot stand before decimals');
  });
});
