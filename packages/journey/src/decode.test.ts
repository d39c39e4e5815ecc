import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { apply } from './apply.ts';
import { newChanges } from './changes.ts';
import { decodeEvent, UndecodableEvent, type Upcaster } from './decode.ts';
import { definitionsByType } from './definitions.ts';
import { eventFaults, eventTypes } from './events.ts';
import { policyV1 } from './policy.ts';
import { initialState } from './state.ts';

const folder = new URL('./fixtures/', import.meta.url);
const fixtures = readdirSync(folder).map((file) => ({
  name: file.replace('.json', ''),
  body: readFileSync(new URL(file, folder), 'utf8'),
}));

test('there is a fixture of every event type', () => {
  expect(eventTypes.filter((type) => !fixtures.some(({ name }) => name === type))).toEqual([]);
});

describe('what was once published stays readable', () => {
  test.each(fixtures)('$name', ({ name, body }) => {
    const event = decodeEvent({ body });
    expect(event.time).toBe(Date.UTC(2026, 2, 1, 9, 30, 0, 250));
    expect(event).toMatchObject({ id: '01J9-1', source: 'urn:shop:web', customerId: 'ada' });
    expect(eventTypes).toContain(event.type);
    if (event.type === name) expect(eventFaults(JSON.parse(body))).toEqual([]);
    const state = initialState('ada');
    apply({ policy: policyV1, definitions: definitionsByType([]) }, state, event, newChanges());
    expect(state.clock).toBe(event.time);
  });
});

test('an older version is brought up to date one step after the other', () => {
  const steps = new Map<string, Upcaster>([
    ['touchstone.shopping.done.v1', ({ sum }) => ({ type: 'touchstone.shopping.done.v2', data: { amount: sum } })],
    [
      'touchstone.shopping.done.v2',
      (data) => ({ type: 'touchstone.purchase.made.v1', data: { ...data, currency: 'EUR' } }),
    ],
  ]);
  const event = {
    id: '1',
    source: '/old',
    type: 'touchstone.shopping.done.v1',
    subject: 'ada',
    time: '2026-03-01T09:30:00Z',
    data: { sum: 12 },
  };
  expect(decodeEvent({ body: JSON.stringify(event) }, steps)).toMatchObject({
    type: 'touchstone.purchase.made.v1',
    data: { amount: 12, currency: 'EUR' },
  });
});

test.each([
  'no JSON',
  '{"id":"1","source":"/s","type":"touchstone.weather.changed.v1","subject":"ada","time":"2026-03-01T09:30:00Z","data":{}}',
  '{"id":"1","source":"/s","type":"touchstone.purchase.made.v1","subject":"ada","time":"yesterday","data":{}}',
  '{"id":"1","source":"/s","type":"touchstone.purchase.made.v1","subject":"ada","time":"2026-03-01T09:30:00Z"}',
])('a body that is no event of ours is told so: %s', (body) => {
  expect(() => decodeEvent({ body })).toThrow(UndecodableEvent);
});

test('the time beside the body is the time of the event, and where there is none the body’s', () => {
  const body = fixtures[0]!.body;
  expect(decodeEvent({ body, time: 7 }).time).toBe(7);
  expect(() => decodeEvent({ body, time: Number.NaN })).toThrow('it was stored with the time');
  expect(() => decodeEvent({ body: body.replace(/"time": ?"[^"]*"/, '"time":7') })).toThrow(
    'it was stored with the time 7',
  );
});
