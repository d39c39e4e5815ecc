import { announcementEvent, initialState } from '@touchstone/journey';
import { asAppended, measures } from '@touchstone/journey/testing';
import { countedState, type Looks } from '@touchstone/journey/testing/counted-state';
import { cursedMeasures } from '@touchstone/journey/testing/cursed';
import { largeCustomers } from '@touchstone/journey/testing/large-customers';
import { expect, test } from 'vitest';
import { type Customers, createCustomers, type LoggedEvent } from './customers.ts';
import { createFold, type RowSink } from './fold.ts';
import { newlyTracked } from './tracked-customer.ts';

const NO_ROWS = new Proxy({} as RowSink, { get: () => ({ add: () => undefined }) });

function inLog(events: readonly Omit<LoggedEvent, 'position' | 'recordedAt'>[]): LoggedEvent[] {
  return events.map((event, at) => ({ ...event, position: BigInt(at + 1), recordedAt: 0 }));
}

/** A log of `n` promises that are all announced as broken, followed by `n` moments from before. */
function lateNews(n: number): LoggedEvent[] {
  const promises = largeCustomers['promises due one by one']!(n);
  const moments = largeCustomers['moments of one journey']!(n);
  const late = moments.map((event) => ({ ...event, id: `late-${event.id}`, time: promises[0]!.time }));
  const told = promises.map(({ time, data }) => {
    const { promiseId } = data as { readonly promiseId: string };
    const at = time + 86_400_000;
    const event = announcementEvent('c1', { kind: 'promise-broken', promiseId, journeyId: null, at }, true);
    return { stream: 'changes-c1', time: at, body: JSON.stringify(event) };
  });
  return inLog([...promises.map(asAppended), ...told, ...late.map(asAppended)]);
}

test('late news of a customer whose rows are ahead: four times as much takes at most six times as many looks', async () => {
  const looksFor = async (n: number): Promise<number> => {
    const looks: Looks = { count: 0 };
    const customer = { ...newlyTracked('c1'), state: countedState(initialState('c1', false), looks) };
    const unread = () => Promise.reject(new Error('everybody is at hand'));
    const customers: Customers = { atHand: () => customer, load: unread, read: unread, remember: () => undefined };
    const parked = new Set<bigint>();
    const fold = createFold({ measures, customers, parked, rows: NO_ROWS }, 0n);
    await fold.take(lateNews(n));
    fold.finish();
    expect(parked.size).toBe(0);
    return looks.count;
  };
  const few = await looksFor(250);
  expect(few).toBeGreaterThan(250);
  expect(await looksFor(1_000)).toBeLessThan(6 * few);
});

test('a customer of whom half the events cannot be measured is folded once, whoever loads them', async () => {
  const n = 200;
  let reads = 0;
  const events = largeCustomers['moments of one journey']!(n).map((event, at) => {
    const [journeyId, journeyType] = at % 2 === 0 ? ['good', 'order'] : ['bad', 'cursed'];
    return asAppended({ ...event, data: { ...event.data, journeyId, journeyType } } as typeof event);
  });
  const log = inLog(events).map((stored) => {
    const { body } = stored;
    return Object.defineProperty(stored, 'body', {
      get() {
        reads++;
        return body;
      },
    });
  });
  async function* streamPages(stream: string) {
    yield log.filter((stored) => stored.stream === stream);
  }
  const customers = createCustomers({ streams: { streamPages }, measures: cursedMeasures, parked: new Set() });
  const { state, events: taken } = await customers.load('c1', BigInt(n));
  expect(state.journeys.get('good')!.moments).toBe(n / 2);
  expect(taken).toBe(n / 2);
  expect(reads).toBeLessThanOrEqual(2 * n);
});
