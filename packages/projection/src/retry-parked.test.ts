import { definitionsByType, formatInstant, policyV1 } from '@touchstone/journey';
import { expect, test } from 'vitest';
import type { LoggedEvent } from './customers.ts';
import { retryParked } from './retry-parked.ts';

const START = Date.UTC(2026, 0, 1);
const expects = [{ after: 'placed', touchpoint: 'shipped', withinMs: 1000 }];
const measures = { policy: policyV1, definitions: definitionsByType([{ type: 'order', expects }]) };

function logged(position: number, name: string, data: object = {}): LoggedEvent {
  const time = START + position;
  const event = { id: `e${position}`, source: '/s', type: `touchstone.${name}.v1`, subject: 'ada' };
  const body = JSON.stringify({
    ...event,
    time: formatInstant(time),
    data: { journeyId: 'j', journeyType: 'order', ...data },
  });
  return { position: BigInt(position), stream: 'customer-ada', time, recordedAt: time, body };
}

/** Retries the first event of a log whose others are taken. */
function retryOfFirst(first: LoggedEvent, ...others: LoggedEvent[]) {
  const log = { published: [first, ...others], announced: [] };
  return retryParked(measures, 'ada', log, new Set([first.position]), new Set([first.position]));
}

const placed = logged(2, 'moment.recorded', { touchpoint: 'placed', channel: 'web', outcome: 'succeeded' });

test('an event with which a listed promise would never have been expected is left to a rebuild', () => {
  const completed = logged(1, 'journey.completed');
  const { customer, failed } = retryOfFirst(completed, placed);
  expect(customer).toBeNull();
  expect([...failed.keys()]).toEqual([completed]);
  expect((failed.get(completed) as Error).message).toContain('a rebuild takes it');
});

test('an event that leaves what is expected is taken', () => {
  const { customer, failed } = retryOfFirst(logged(1, 'referral.made'), placed);
  expect([...customer!.state.promises.values()]).toMatchObject([{ isExpected: true, state: 'open' }]);
  expect(failed.size).toBe(0);
});
