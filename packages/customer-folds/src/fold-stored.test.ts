import type { StoredEvent } from '@touchstone/event-store';
import { customerFolding, policyV1, UnmeasurableEvent } from '@touchstone/journey';
import { expect, it } from 'vitest';
import { foldAtHand } from './fold-stored.ts';

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
const purchases = (events: readonly StoredEvent[]) => {
  const { result, parkedEvents } = foldAtHand(events, () => customerFolding(measures, 'anna', 0));
  return { purchases: result?.trust.purchases.size, parkedEvents };
};

it('leaves out an event that cannot be decoded, and counts it', () => {
  const events = [
    purchase('1'),
    stored('2', 'touchstone.moment.imagined.v1'),
    { ...purchase('3'), body: '{' },
    purchase('4'),
  ];
  expect(purchases(events)).toEqual({ purchases: 2, parkedEvents: 2 });
});

const events = Array.from({ length: 100 }, (_, at) => purchase(String(at + 1)));

it('goes on behind an event that cannot be measured, however many there are: each is taken once', () => {
  let takes = 0;
  const { result, parkedEvents, upTo } = foldAtHand(events, () => {
    const folding = customerFolding(measures, 'anna', 0);
    return {
      ...folding,
      take(event) {
        takes++;
        if (takes % 2 === 0) throw new UnmeasurableEvent('not this one');
        folding.take(event);
      },
    };
  });
  expect({ purchases: result?.trust.purchases.size, parkedEvents, upTo }).toEqual({
    purchases: 50,
    parkedEvents: 50,
    upTo: 100n,
  });
  expect(takes).toBe(100);
});

it('begins anew without an event in whose midst the fold failed, as if it had never come', () => {
  const folded = foldAtHand(events, () => {
    const folding = customerFolding(measures, 'anna', 0);
    return {
      ...folding,
      take(event) {
        folding.take(event);
        if (event.id === '7') throw new Error('half of it is done');
      },
    };
  });
  expect(folded.result?.trust.purchases.size).toBe(99);
  expect(folded.parkedEvents).toBe(1);
});

it('tells of a fault that is no event’s', () => {
  const atTheEnd = () => ({
    take: () => undefined,
    finish() {
      throw new Error('a fault of the end');
    },
  });
  expect(() => foldAtHand([purchase('1')], atTheEnd)).toThrow('a fault of the end');
});
