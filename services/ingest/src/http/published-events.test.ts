import { endpoints } from '@touchstone/api';
import { BATCH_EVENTS_MAX, EXPORTED_EVENTS_MAX } from '@touchstone/event-store';
import { eventTypes } from '@touchstone/journey';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decideEvent, isRefusal } from '../decide/decide-event.ts';

const { bodies } = endpoints.publishEvents;
const described = z.toJSONSchema(bodies['application/cloudevents+json'], { io: 'input' });
const isDescribed = new Ajv2020({ strict: false, validateFormats: false }).compile(described);
const isTaken = (event: object) => !isRefusal(decideEvent(event, false));

const envelope = (type: string) => ({
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type,
  subject: 'ann',
  time: '2026-03-01T09:30:00Z',
});
const moment = { touchpoint: 'checkout', channel: 'web', outcome: 'succeeded' };
const momentWith = (data: object, attributes: object = {}) => ({
  ...envelope('touchstone.moment.recorded.v1'),
  ...attributes,
  data: { ...moment, ...data },
});

it.each(Object.entries(bodies))('the example of %s is taken as it stands', (_, schema) => {
  const { examples } = z.globalRegistry.get(schema) as { readonly examples: readonly unknown[] };
  const [example] = examples;
  expect(schema.safeParse(example).error).toBeUndefined();
  const sent: unknown[] =
    typeof example === 'string'
      ? example
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [example].flat();
  expect(sent.length).toBeGreaterThan(0);
  expect(sent.filter((event) => !isTaken(event as object))).toEqual([]);
});

it('the API declares the limits of the store', () => {
  const batch = z.toJSONSchema(bodies['application/cloudevents-batch+json']);
  expect(JSON.stringify(batch)).toMatch(new RegExp(`"maxItems":${BATCH_EVENTS_MAX}\\b`));
  const { limit } = endpoints.exportEvents.query.shape;
  expect(z.toJSONSchema(limit)).toMatchObject({ maximum: EXPORTED_EVENTS_MAX });
});

describe('the description of an event to publish', () => {
  it.each(eventTypes)('asks for the data of %s where it is asked for, and only there', (type) => {
    for (const event of [envelope(type), { ...envelope(type), data: {} }])
      expect(isDescribed(event)).toBe(isTaken(event));
    expect(isDescribed({ ...envelope(type), time: undefined, data: moment })).toBe(false);
  });

  it.each([
    { customerId: null, journeyId: null, journeyType: null, attributes: null, actor: null },
    { expectation: null, perception: null, ratings: null, effort: null, durationMs: null, cause: null },
    { attributes: { colour: null }, actor: { id: null, team: null, site: null } },
    { ratings: { reliability: null, empathy: 4 } },
  ])('takes null wherever it is as if absent: %o', (data) => {
    const event = momentWith(data, { dataschema: null, datacontenttype: null });
    expect([isDescribed(event), isTaken(event)]).toEqual([true, true]);
  });

  it.each([
    { touchpoint: null },
    { outcome: null },
    { expectation: { value: null, min: 1, max: 5 } },
    { expectation: 9 },
    { ratings: { speed: 4 } },
    { attributes: { colour: [] } },
  ])('refuses what is required and null, and all else as before: %o', (data) => {
    expect([isDescribed(momentWith(data)), isTaken(momentWith(data))]).toEqual([false, false]);
  });

  it('takes a subject that is null where the customer stands in the data', () => {
    const event = momentWith({ customerId: 'ann' }, { subject: null });
    expect([isDescribed(event), isTaken(event)]).toEqual([true, true]);
  });
});
