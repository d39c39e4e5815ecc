import { expect, it } from 'vitest';
import { arrayBatch } from './array-batch.ts';
import { messageBatch } from './input-batch.ts';

const batchOf = (text: string) => arrayBatch(Buffer.from(text));

it('what is kept of an element is its very text: digits, order and spelling', async () => {
  const batch = await batchOf('[{"a":1.000,"b":"\\u0041", "a":12345678901234567890},  7]');
  expect(batch.payloadOf(0)).toEqual({ payload: '{"a":1.000,"b":"\\u0041", "a":12345678901234567890}' });
  expect(batch.payloadOf(1)).toEqual({ payload: '7' });
});

it('what may be stored of an element is its text, in any alphabet, where no line breaks', async () => {
  const batch = await batchOf('[{"a":"ä€😀"},\n{"a":\n1}, 7]');
  expect([0, 1, 2].map(batch.textOf)).toEqual(['{"a":"ä€😀"}', undefined, '7']);
  expect(batch.values).toEqual([{ a: 'ä€😀' }, { a: 1 }, 7]);
});

it.each([
  ['[{"ä":1},{"b":1 "c":1}]', 'at position 16'],
  ['[{"a":1} {"b":2}]', 'at position 9'],
  ['[{"a":1},]', 'ends too early or holds something else'],
  ['[{"a":1}', 'ends too early or holds something else'],
])('an array that is not JSON is refused whole, with the place: %s', async (text, says) => {
  await expect(batchOf(text)).rejects.toMatchObject({ code: 'invalid_json', message: expect.stringContaining(says) });
});

it('what is too large for an event is not parsed, of what holds too much its names are kept, and its neighbours are whole', async () => {
  const batch = await batchOf(`[{"a":"${'x'.repeat(1_100_000)}"},{"a":1},[${'[],'.repeat(30_000)}[]]]`);
  expect(batch.values).toEqual([undefined, { a: 1 }, {}]);
  expect([...batch.refused].map(([index, { code }]) => [index, code])).toEqual([
    [0, 'event_too_large'],
    [2, 'invalid_event'],
  ]);
  expect(batch.payloadOf(0).payload).toHaveLength(65_536);
});

it('messages are read one by one, and broken ones hinder nobody', () => {
  const batch = messageBatch([
    Buffer.from('{"a":1}'),
    Buffer.from('{'),
    Buffer.from([0xc3]),
    Buffer.alloc(1_048_577, 0x20),
  ]);
  expect(batch.values[0]).toEqual({ a: 1 });
  expect([...batch.refused].map(([index, { code }]) => [index, code])).toEqual([
    [1, 'invalid_json'],
    [2, 'invalid_encoding'],
    [3, 'event_too_large'],
  ]);
});
