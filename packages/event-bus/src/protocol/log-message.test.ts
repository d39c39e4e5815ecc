import { proofOf, type StoredEvent } from '@touchstone/event-store';
import { describe, expect, test } from 'vitest';
import type { Message, OutgoingMessage } from '../event-bus.ts';
import { decodeMessage } from './cloudevents-binding.ts';
import { decodeLogMessage, encodeChange, encodeLogMessage, encodeMark, isMark } from './log-message.ts';

const batch = { after: 6n, partitions: 3, origin: { log: 'a-log', run: 'a-run' } };
const at = (position: bigint) => ({ position, history: undefined });
const attributes = {
  id: 'promise-broken/p-1/2026-03-01T00:00:00.000Z',
  source: 'touchstone',
  type: 'touchstone.change.promise-broken.v1',
  subject: 'ada',
  time: '2026-03-01T00:00:00.000Z',
  data: { customerId: 'ada', promiseId: 'p-1' },
  due: true,
};
const stored = (body: string): StoredEvent => ({
  stream: 'changes-ada',
  source: attributes.source,
  id: attributes.id,
  type: attributes.type,
  time: Date.parse(attributes.time),
  body,
  position: 7n,
  recordedAt: 1_772_000_000_000,
});

/** The message in the form that a broker delivers. */
function sent({ key, value, headers }: OutgoingMessage): Message {
  const bytes = (part: string | Buffer | null) => (part === null ? null : Buffer.from(part));
  const asBytes = Object.entries(headers).map(([name, header]) => [name, Buffer.from(String(header))]);
  return { key: bytes(key), value: bytes(value), headers: Object.fromEntries(asBytes), offset: 0n, sentAt: 0 };
}

describe('announcements', () => {
  const old = JSON.stringify(attributes);

  test('one that was stored without its specversion gets it among the changes, in front', () => {
    const { value } = encodeChange(stored(old), batch);
    expect(value).toBe(JSON.stringify({ specversion: '1.0', ...attributes }));
  });

  test('the log has every event byte for byte as it is stored', () => {
    expect(encodeLogMessage(stored(old), batch).value).toBe(old);
  });

  test.each([
    JSON.stringify({ specversion: '1.0', ...attributes }),
    JSON.stringify({ ...attributes, specversion: '1.0' }).replace(':', ': '),
  ])('one that has its specversion keeps what it says, wherever it stands: %s', (body) => {
    expect(JSON.parse(String(encodeChange(stored(body), batch).value))).toEqual(JSON.parse(body));
  });

  test.each(['', 'no JSON', '[]', 'null'])('a damaged one is passed on as it is: %j', (body) => {
    expect(encodeChange(stored(body), batch).value).toBe(body);
  });
});

test('no header makes a reader take a structured message for one in binary mode', () => {
  for (const message of [encodeLogMessage(stored('{}'), batch), encodeMark(at(7n), 1, 3)]) {
    expect(message.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(Object.keys(message.headers).filter((name) => name.startsWith('ce_'))).toEqual([]);
  }
});

describe('what a reader of the log gets', () => {
  test('proves what stands in the log at its position, where the relay says of which log it is', () => {
    const event = { ...stored(JSON.stringify(attributes)), mark: 'a-uuid@4' };
    const message = decodeLogMessage(sent(encodeLogMessage(event, batch)), 'log');
    expect(message.origin).toEqual(batch.origin);
    expect(message.history()).toBe(proofOf(event));
    const mark = encodeMark({ position: 7n, history: proofOf(event) }, 1, 3, batch.origin);
    expect(decodeLogMessage(sent(mark), 'log').history()).toBe(proofOf(event));
    const earlier = encodeLogMessage(stored('{}'), { after: 6n, partitions: 3 });
    expect(decodeLogMessage(sent(earlier), 'log').history()).toBeUndefined();
  });

  test('is the event that was stored', () => {
    const event = stored(JSON.stringify(attributes));
    expect(decodeLogMessage(sent(encodeLogMessage(event, batch)), 'log')).toEqual({
      ...batch,
      position: 7n,
      event,
      history: expect.any(Function),
    });
  });

  test('is the same from a message of an earlier relay, whose headers had other names', () => {
    const event = stored(JSON.stringify(attributes));
    const { headers, ...message } = encodeLogMessage(event, batch);
    const renamed = Object.entries(headers).map(([name, header]) => [
      name.replace(/^touchstone-(id|source|type)$/, 'ce_$1'),
      header,
    ]);
    const earlier = sent({ ...message, headers: Object.fromEntries(renamed) });
    expect(earlier.headers.ce_id?.toString()).toBe(attributes.id);
    expect(decodeLogMessage(earlier, 'log')).toEqual({
      ...batch,
      position: 7n,
      event,
      history: expect.any(Function),
    });
  });

  test('is no event where a mark stands, with a value or, as earlier relays wrote it, without', () => {
    const mark = encodeMark(at(7n), 1, 3);
    expect(isMark(mark)).toBe(true);
    const expected = { after: 7n, partitions: 3, position: 7n, event: null, history: expect.any(Function) };
    for (const value of [mark.value, null, '']) {
      expect(decodeLogMessage(sent({ ...mark, value }), 'log')).toEqual(expected);
    }
  });

  test('is a CloudEvent with all required attributes in a mark too, another one for each', () => {
    const marks = [
      encodeMark(at(7n), 1, 3),
      encodeMark(at(7n), 2, 3),
      encodeMark(at(8n), 1, 3),
      encodeMark(at(7n), 1, 4),
    ];
    const events = marks.flatMap((mark) => decodeMessage(sent(mark)) as Record<string, unknown>[]);
    expect(events[0]).toEqual({
      specversion: '1.0',
      id: 'mark/7/1/3',
      source: 'urn:touchstone:relay',
      type: 'touchstone.mark.v1',
      data: { position: '7', partition: 1, partitions: 3 },
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(marks.length);
  });
});
