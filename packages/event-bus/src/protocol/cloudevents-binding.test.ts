import { expect, test } from 'vitest';
import type { Headers } from '../event-bus.ts';
import { decodeMessage, keyKind, UnreadableMessage } from './cloudevents-binding.ts';

const event = { specversion: '1.0', id: '1', source: 's', type: 't', subject: 'ann', data: { n: 1 } };
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const decode = (value: unknown, headers: Headers = {}) =>
  decodeMessage({
    key: null,
    value: value === null ? null : Buffer.isBuffer(value) ? value : bytes(value),
    headers,
    offset: 0n,
    sentAt: 0,
  });
const contentType = (text: string): Headers => ({ 'content-type': Buffer.from(text) });
const ce = (attributes: Record<string, string>): Headers =>
  Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, Buffer.from(text)]));

test.each([
  'application/cloudevents+json',
  'application/cloudevents+json; charset=UTF-8',
  'Application/CloudEvents+JSON',
])('a value of content type %s is the event', (type) => {
  expect(decode(event, contentType(type))).toEqual([event]);
});

test('a batch is a list of events, of which one that is none costs the others nothing', () => {
  const [first, second, third] = decode([event, 7, event], contentType('application/cloudevents-batch+json'));
  expect([first, third]).toEqual([event, event]);
  expect(second).toBeInstanceOf(UnreadableMessage);
});

test('attributes in headers are read as UTF-8, extensions among them, with the value as data', () => {
  const attributes = { specversion: '1.0', id: 'ä€😀', source: 's', type: 't', subject: 'ann', traceparent: '00-1' };
  const headers = { ...ce(attributes), ...contentType('application/json'), unrelated: Buffer.from('x') };
  expect(decode({ n: 1 }, headers)).toEqual([{ ...attributes, datacontenttype: 'application/json', data: { n: 1 } }]);
});

test('in binary mode the content type says what data is: JSON without one, text, or base64', () => {
  const attributes = { specversion: '1.0', id: '1' };
  expect(decode('{"n":1}', ce(attributes))).toEqual([{ ...attributes, data: { n: 1 } }]);
  expect(decode('hi', { ...ce(attributes), ...contentType('text/plain') })).toMatchObject([{ data: 'hi' }]);
  expect(decode('hi', { ...ce(attributes), ...contentType('image/png') })).toMatchObject([{ data_base64: 'aGk=' }]);
});

test.each(['text/json', 'application/vnd.shop+json; charset=utf-8', 'image/svg+json'])(
  'in binary mode %s is JSON, as in the header of the data alone',
  (type) => {
    const attributes = { specversion: '1.0', id: '1' };
    expect(decode('{"n":1}', { ...ce(attributes), ...contentType(type) })).toMatchObject([{ data: { n: 1 } }]);
    expect(decode('{"n":1}', ce({ ...attributes, datacontenttype: type }))).toMatchObject([{ data: { n: 1 } }]);
  },
);

test('what stands for the data among the attributes is refused by name', () => {
  for (const name of ['data', 'data_base64']) {
    const [refused] = decode('{}', ce({ specversion: '1.0', [name]: 'x' }));
    expect(refused).toMatchObject({ code: 'invalid_event', path: `ce_${name}` });
  }
});

test('in binary mode no value and an empty one are an event without data', () => {
  for (const value of [null, ''])
    expect(decode(value, ce({ specversion: '1.0', id: '1' }))).toEqual([{ specversion: '1.0', id: '1' }]);
});

test('a header that comes twice is taken if it says the same twice, and refused by name if not', () => {
  const twice = (a: string, b: string): Headers => ({
    ...ce({ specversion: '1.0' }),
    ce_id: [Buffer.from(a), Buffer.from(b)],
  });
  expect(decode('{}', twice('1', '1'))).toMatchObject([{ id: '1' }]);
  expect(decode('{}', twice('1', '2'))).toMatchObject([{ code: 'invalid_event', path: 'ce_id' }]);
});

test('without a content type a JSON object with a specversion is read as the event that it is', () => {
  expect(decode(event)).toEqual([event]);
  expect(decode([event, event], contentType('application/json'))).toEqual([event, event]);
});

test('a byte order mark before the JSON of a value is taken, in every mode', () => {
  const marked = (value: unknown) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes(value)]);
  expect(decode(marked(event))).toEqual([event]);
  expect(decode(marked(event), contentType('application/cloudevents+json'))).toEqual([event]);
  expect(decode(marked([event]), contentType('application/cloudevents-batch+json'))).toEqual([event]);
  expect(decode(marked({ n: 1 }), ce({ specversion: '1.0', id: '1' }))).toMatchObject([{ data: { n: 1 } }]);
});

test.each<[what: string, value: unknown, headers: Headers, code: string, says: RegExp]>([
  ['a tombstone', null, {}, 'invalid_json', /tombstone/],
  ['a structured tombstone', null, contentType('application/cloudevents+json'), 'invalid_json', /tombstone/],
  ['an empty value', '', contentType('application/cloudevents+json'), 'invalid_json', /empty/],
  [
    'text that is not JSON',
    '{"secret": nope',
    contentType('application/cloudevents+json'),
    'invalid_json',
    /is not JSON/,
  ],
  [
    'bytes that are not UTF-8',
    Buffer.from([0x22, 0xff, 0x22]),
    contentType('application/cloudevents+json'),
    'invalid_encoding',
    /UTF-8/,
  ],
  ['a header that is not UTF-8', '{}', { ce_specversion: Buffer.from([0xff]) }, 'invalid_encoding', /header/],
  ['a list in structured mode', [event], contentType('application/cloudevents+json'), 'invalid_event', /one event/],
  ['an empty batch', [], contentType('application/cloudevents-batch+json'), 'invalid_event', /at least one/],
  ['an object in batch mode', event, contentType('application/cloudevents-batch+json'), 'invalid_event', /array/],
  ['another event format', 'x', contentType('application/cloudevents+avro'), 'invalid_event', /only JSON/],
  ['JSON that is no CloudEvent', { n: 1 }, {}, 'invalid_event', /content-type/],
])('%s is refused with what to do, and never repeats what it holds', (_what, value, headers, code, says) => {
  const [refused] = decode(value, headers) as UnreadableMessage[];
  expect(refused).toBeInstanceOf(UnreadableMessage);
  expect(refused).toMatchObject({ code, message: expect.stringMatching(says) });
  expect(refused?.message).not.toContain('secret');
});

test('the key is compared with the customer that the event names, and only told', () => {
  expect(keyKind(Buffer.from('ann'), event)).toBe('same');
  expect(keyKind(Buffer.from('bob'), event)).toBe('other');
  expect(keyKind(Buffer.from('bob'), { data: { customerId: 'bob' } })).toBe('same');
  expect(keyKind(null, event)).toBe('missing');
  expect(keyKind(Buffer.alloc(0), event)).toBe('missing');
});

const large = { ...event, data: { note: 'x'.repeat(1024 * 1024) } };
const many = { ...event, data: { list: Array.from({ length: 30_000 }, () => []) } };

test('what no event can be, for its length or for its values, is refused without being parsed, alone', () => {
  const list = contentType('application/cloudevents-batch+json');
  expect(decode([large, event, many], list)).toMatchObject([
    { code: 'event_too_large' },
    event,
    { code: 'invalid_event', message: expect.stringContaining('20000') },
  ]);
  const binary = { ...ce({ specversion: '1.0' }), ...contentType('text/plain') };
  for (const headers of [{}, contentType('application/cloudevents+json'), binary])
    expect(decode(large, headers)).toMatchObject([{ code: 'event_too_large' }]);
});

test('a message holds as many events as a request may, and is refused whole beyond', () => {
  const list = (count: number) => `[${Array.from({ length: count }, () => '{"specversion":"1.0"}').join(',')}]`;
  expect(decode(list(5000))).toHaveLength(5000);
  expect(decode(list(5001))).toMatchObject([{ code: 'invalid_event', message: expect.stringContaining('5001') }]);
});

test('of a list that is no JSON the place in the whole message is told', () => {
  const [fault] = decode('[{"name": "Zoë"}, {"id": "1" x}]', contentType('application/cloudevents-batch+json'));
  expect(fault).toMatchObject({ code: 'invalid_json', message: 'is not JSON: unexpected character at position 29' });
});
