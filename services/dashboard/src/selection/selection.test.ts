import { expect, test } from 'vitest';
import { parseAddress, writeAddress } from './address.ts';
import { carried, changed, filtersIn, isTaken, parametersOf, periodIn, wholeWhere } from './selection.ts';

const now = '2026-03-14T10:20:30.000Z';

test('an id that looks like a number, a flag or JSON stays the text that it is', () => {
  for (const value of ['42', '007', '1e3', 'true', 'null', '"a"', '{"a":1}', '[1]', ' a+b&c=d ', '😀', 'מסירה']) {
    const query = writeAddress({ touchpoint: value });
    expect(parseAddress(query)).toEqual({ touchpoint: value });
  }
});

test('of an address the selection goes along to another page, and nothing else does', () => {
  const address = parseAddress('?touchpoint=42&attribute.plan=gold&last=P30D&timeZone=Asia/Shanghai&sort=score&wall=');
  expect(carried(address)).toEqual({
    touchpoint: '42',
    'attribute.plan': 'gold',
    last: 'P30D',
    timeZone: 'Asia/Shanghai',
  });
});

test('a filter that a question does not take is not asked with it, and stays in the address', () => {
  const address = parseAddress('?touchpoint=a&stage=none&attribute.plan=gold');
  expect(parametersOf(address, ['touchpoint'])).toEqual({ touchpoint: 'a' });
  expect(filtersIn(address).map(({ name }) => isTaken(name, ['touchpoint']))).toEqual([true, false, false]);
  expect(parametersOf(address, wholeWhere)).toEqual(address);
  expect(changed(address, { stage: undefined, touchpoint: 'b' })).toEqual({
    touchpoint: 'b',
    'attribute.plan': 'gold',
  });
});

test('a period back from now ends with the present minute, and has one of the same length before it', () => {
  expect(periodIn({ last: 'P1D' }, now)).toEqual({
    last: 'P1D',
    from: '2026-03-13T10:21:00.000Z',
    to: '2026-03-14T10:21:00.000Z',
    before: { from: '2026-03-12T10:21:00.000Z', to: '2026-03-13T10:21:00.000Z' },
  });
  expect(periodIn({ last: 'all' }, now)).toEqual({ last: 'all', from: null, to: null, before: null });
  expect(periodIn({}, now)).toEqual(periodIn({ last: 'P7D' }, now));
  expect(periodIn({ last: 'seven days' }, now)).toEqual(periodIn({}, now));
});

test('dates of an address count before a period back from now', () => {
  const dates = { last: 'P7D', from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z' };
  expect(periodIn(dates, now)).toEqual({
    last: null,
    from: '2026-03-01T00:00:00.000Z',
    to: '2026-03-03T00:00:00.000Z',
    before: { from: '2026-02-27T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
  });
  expect(periodIn({ from: 'yesterday' }, now).last).toBe('P7D');
});
