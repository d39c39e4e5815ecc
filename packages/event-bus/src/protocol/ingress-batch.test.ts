import { expect, test } from 'vitest';
import type { Headers } from '../event-bus.ts';
import { decodeBatch } from './ingress-batch.ts';

const BATCH: Headers = { 'content-type': Buffer.from('application/cloudevents-batch+json') };
const EVENT: Headers = { 'content-type': Buffer.from('application/cloudevents+json') };
const BINARY: Headers = { ce_specversion: Buffer.from('1.0'), ce_id: Buffer.from('1') };

const decoded = (...values: (readonly [Headers, string])[]) => {
  const messages = values.map(([headers, text], at) => ({
    key: null,
    value: Buffer.from(text),
    headers,
    offset: BigInt(at),
    sentAt: 0,
  }));
  const batch = decodeBatch({ topic: 'in', partition: 0, messages, assertOwned: async () => undefined });
  return batch.values.map((_, index) => batch.payloadOf(index).payload);
};

test('what is kept of an element of a list is its very text: digits, order and spelling', () => {
  const exact = '{"id":"1", "data":{"amount":9007199254740993, "b":1.000,"c":1e400}}';
  const other = '{"id" : "\\u0041"}';
  expect(decoded([BATCH, `\uFEFF[${exact} ,\n${other}, 12345678901234567890 ]`], [EVENT, exact])).toEqual([
    exact,
    other,
    '12345678901234567890',
    exact,
  ]);
});

test('of each message of several the elements are its own, in whatever order they are asked for', () => {
  const list = (from: number) => `[{"n":${from}.0},{"n":${from + 1}.0}]`;
  const messages = [1, 3, 5].map((from, offset) => ({
    key: null,
    value: Buffer.from(list(from)),
    headers: BATCH,
    offset: BigInt(offset),
    sentAt: 0,
  }));
  const batch = decodeBatch({ topic: 'in', partition: 0, messages, assertOwned: async () => undefined });
  const kept = [5, 0, 3, 2, 1, 4].map((index) => batch.payloadOf(index).payload);
  expect(kept).toEqual([6, 1, 4, 3, 2, 5].map((n) => `{"n":${n}.0}`));
});

test('one event with spaces or a byte order mark around it is kept with its digits', () => {
  const exact = '{"specversion":"1.0","data":{"amount":9007199254740993}}';
  expect(decoded([EVENT, `\uFEFF${exact}`], [EVENT, ` ${exact}\n`], [{}, `\n${exact}`], [{}, `[${exact}]`])).toEqual([
    exact,
    exact,
    exact,
    exact,
  ]);
});

test('of binary mode attributes and data are kept as one event, with the digits of the data', () => {
  expect(
    decoded([BINARY, '\uFEFF{"amount":9007199254740993}'], [BINARY, '12345678901234567890'], [BINARY, '']),
  ).toEqual([
    '{"specversion":"1.0","id":"1","data":{"amount":9007199254740993}}',
    '{"specversion":"1.0","id":"1","data":12345678901234567890}',
    '{"specversion":"1.0","id":"1"}',
  ]);
});

test('a message that cannot be read is kept whole', () => {
  expect(decoded([BATCH, '[{"id":"1"},'], [BATCH, '{"id":1.0}'], [BATCH, '[7.0]'])).toEqual([
    '[{"id":"1"},',
    '{"id":1.0}',
    '[7.0]',
  ]);
});
