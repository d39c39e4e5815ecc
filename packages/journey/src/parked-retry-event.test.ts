import { expect, test } from 'vitest';
import { announcementEvent, dueInstantOf } from './announcement-event.ts';
import { parkedRetryEvent, retriedPositionsOf } from './parked-retry-event.ts';

const at = Date.UTC(2026, 2, 1);

test('a retry says which positions it asks for, beyond what a double holds too', () => {
  const event = parkedRetryEvent('ada', [3n, 2n ** 63n], { id: 'one', at });
  expect(event).toEqual({
    specversion: '1.0',
    id: 'parked-retried/one',
    source: 'touchstone',
    type: 'touchstone.change.parked-retried.v1',
    subject: 'ada',
    time: '2026-03-01T00:00:00.000Z',
    data: { positions: ['3', '9223372036854775808'] },
  });
  const body = JSON.stringify(event);
  expect(retriedPositionsOf({ body })).toEqual([3n, 2n ** 63n]);
  expect(dueInstantOf({ time: at, body })).toBeNull();
});

test('no other announcement is taken for a retry, whatever its ids are', () => {
  const journeyId = 'touchstone.change.parked-retried.v1';
  const other = announcementEvent('ada', { kind: 'journey-completed', journeyId, journeyType: 'order', at }, false);
  expect(retriedPositionsOf({ body: JSON.stringify(other) })).toBeNull();
});
