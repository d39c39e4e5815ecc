import type { StoredEvent } from '@touchstone/event-store';
import { foldCustomer, policyV1 } from '@touchstone/journey';
import { expect, it } from 'vitest';
import { foldStream } from './fold-stream.ts';

const stored = (id: string, type: string, data: object = {}): StoredEvent => ({
  stream: 'customer-anna',
  source: '/test',
  id,
  type,
  time: 0,
  position: BigInt(id),
  recordedAt: 0,
  body: JSON.stringify({
    specversion: '1.0',
    id,
    source: '/test',
    type,
    subject: 'anna',
    time: '1970-01-01T00:00:00Z',
    data,
  }),
});
const purchase = (id: string) => stored(id, 'touchstone.purchase.made.v1', { amount: 1, currency: 'EUR' });
const measures = { policy: policyV1, definitions: new Map() };
const purchases = (events: readonly StoredEvent[]) =>
  foldStream(events, (each) => foldCustomer(measures, 'anna', each, 0)?.trust.purchases.size);

it('leaves out an event that cannot be decoded, and counts it', () => {
  const events = [
    purchase('1'),
    stored('2', 'touchstone.moment.imagined.v1'),
    { ...purchase('3'), body: '{' },
    purchase('4'),
  ];
  expect(purchases(events)).toEqual({ result: 2, parkedEvents: 2 });
});

it('leaves out an event that the fold throws on, as if it had never come', () => {
  // A rating that is none gets past the decoder, not past the fold.
  const data = { touchpoint: 'a', channel: 'web', outcome: 'succeeded', perception: null };
  expect(purchases([purchase('1'), stored('2', 'touchstone.moment.recorded.v1', data), purchase('3')])).toEqual({
    result: 2,
    parkedEvents: 1,
  });
});

it('tells of a fault that is no event’s', () => {
  const fold = () => {
    throw new Error('a fault of the fold');
  };
  expect(() => foldStream([purchase('1')], fold)).toThrow('a fault of the fold');
  const atTheEnd = (events: Iterable<unknown>) => {
    for (const _ of events);
    throw new Error('a fault of the end');
  };
  expect(() => foldStream([purchase('1')], atTheEnd)).toThrow('a fault of the end');
});
