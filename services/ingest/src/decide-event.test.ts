import { dataSchemas, type EventType, envelopeSchema, eventFaults } from '@touchstone/journey';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledCheck } from './compiled-check.ts';
import { decideEvent, isRefusal } from './decide-event.ts';
import { goodEvent, mutatedEvent } from './event-arbitraries.ts';
import { DEPTH_MAX, plainDataFault } from './plain-data.ts';

const EVENT = {
  specversion: '1.0',
  id: 'a1',
  source: '/shop',
  type: 'touchstone.moment.recorded.v1',
  subject: 'c-1',
  time: '2026-03-01T09:30:00Z',
  data: { touchpoint: 'payment', channel: 'web', outcome: 'succeeded' } as Record<string, unknown>,
};
const withData = (data: object) => ({ ...EVENT, data: { ...EVENT.data, ...data } });
const decideText = (text: string) => decideEvent(JSON.parse(text), text.includes('\\u'));
const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object;

describe('the compiled check and the exact one', () => {
  it('accept good events of every type, and the compiled check does not leave them to the exact one', () => {
    const check = compiledCheck();
    fc.assert(
      fc.property(goodEvent, (event) => {
        expect(eventFaults(event)).toEqual([]);
        expect(isRefusal(decideEvent(event, true))).toBe(false);
        // Patterns lose their flags in JSON Schema; an unusual spelling takes the slower way to the same answer.
        if (event.datacontenttype !== 'Application/JSON') expect(check(event.type as EventType)(event)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });

  it('agree about events with something wrong: what one refuses, the other refuses', () => {
    let refused = 0;
    fc.assert(
      fc.property(mutatedEvent, (event) => {
        fc.pre(plainDataFault(event, true) === undefined && !Object.hasOwn(event, 'data_base64'));
        const decision = decideEvent(event, true);
        const faults = eventFaults(event);
        if (isRefusal(decision)) {
          refused++;
          expect(decision.errors).toEqual(faults.slice(0, 20));
        } else expect(faults).toEqual([]);
      }),
      { numRuns: 6000 },
    );
    expect(refused).toBeGreaterThan(2000);
  });

  it('what the compiled check passes, the schemas pass', () => {
    const check = compiledCheck();
    fc.assert(
      fc.property(mutatedEvent, (event) => {
        const type = event.type as EventType;
        fc.pre(typeof type === 'string' && Object.hasOwn(dataSchemas, type) && check(type)(event));
        expect(envelopeSchema.extend({ data: dataSchemas[type] }).safeParse(event).error).toBeUndefined();
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    );
  });

  it('a refinement that JSON Schema cannot say still holds: 64 attributes pass, 65 do not', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i]));
    expect(isRefusal(decideEvent(withData({ attributes: many(64) }), false))).toBe(false);
    expect(decideEvent(withData({ attributes: many(65) }), false)).toMatchObject({
      errors: [{ path: 'data.attributes' }],
    });
  });
});

describe('no event holds', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('the name %s at any depth, however it is spelt', (name) => {
    const spelt = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
    const event = JSON.stringify(withData({ other: [{ x: 'X' }] }));
    for (const key of [name, spelt]) {
      expect(decideText(event.replace('"x"', `"${key}"`))).toMatchObject({ code: 'invalid_event' });
      expect(decideText(event.replace('{', `{"${key}":{},`))).toMatchObject({ errors: [{ path: name }] });
    }
  });

  it(`more than ${DEPTH_MAX} levels, be it a hundred thousand`, () => {
    const withDepth = (levels: number) => decideEvent(withData({ deep: nested(levels) }), false);
    expect(isRefusal(withDepth(DEPTH_MAX - 2))).toBe(false);
    expect(withDepth(DEPTH_MAX - 1)).toMatchObject({ code: 'invalid_event' });
    expect(withDepth(100_000)).toMatchObject({ code: 'invalid_event' });
  });

  it('half of a surrogate pair, in values and in names, where schemas do not look', () => {
    for (const text of ['{"note":"a\\ud83d"}', '{"n\\udc00":1}', '{"list":["\\ude00\\ud83d"]}']) {
      expect(decideText(JSON.stringify(EVENT).replace('"data":{', `"data":{"more":${text},`))).toMatchObject({
        code: 'invalid_event',
      });
    }
    expect(isRefusal(decideText(JSON.stringify(EVENT).replace('"data":{', '"data":{"more":"\\ud83d\\ude00",')))).toBe(
      false,
    );
  });

  it('a number beyond the range of numbers, where schemas do not look', () => {
    const text = JSON.stringify(withData({ other: 7 })).replace('7', '1e999');
    expect(decideText(text)).toMatchObject({ errors: [{ path: 'data.other' }] });
  });
});

it('the customer may stand in the data alone', () => {
  const { subject, ...event } = withData({ customerId: 'c-9' });
  expect(decideEvent(event, false)).toMatchObject({ stream: 'customer-c-9' });
});

it('data_base64 is told what to do instead', () => {
  const { data, ...event } = EVENT;
  expect(decideEvent({ ...event, data_base64: 'e30=' }, false)).toMatchObject({ errors: [{ path: 'data_base64' }] });
});
