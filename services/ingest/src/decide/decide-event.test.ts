import { DEPTH_MAX, dataSchemas, type EventType, envelopeSchema, eventFaults, eventTypes } from '@touchstone/journey';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodEvent, mutatedEvent } from '../../testing/event-arbitraries.ts';
import { compiledCheck } from './compiled-check.ts';
import { decideEvent, isRefusal } from './decide-event.ts';

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
        // Patterns lose their flags in JSON Schema, so an unusual spelling takes the slow path to
        // the same answer.
        if (event.datacontenttype !== 'Application/JSON') expect(check(event.type as EventType)(event)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('agree about events with something wrong: what one refuses, the other refuses, and what the compiled one passes, the schemas pass', () => {
    const check = compiledCheck();
    const schemas = new Map(eventTypes.map((type) => [type, envelopeSchema.extend({ data: dataSchemas[type] })]));
    let [refused, passed] = [0, 0];
    fc.assert(
      fc.property(mutatedEvent, (event) => {
        const decision = decideEvent(event, true);
        const faults = eventFaults(event);
        // The shorter report refuses the same events.
        expect(isRefusal(decideEvent(event, true, undefined, 'firstFault'))).toBe(isRefusal(decision));
        if (isRefusal(decision)) {
          refused++;
          expect(decision.errors).toEqual(faults);
        } else expect(faults).toEqual([]);
        const schema = schemas.get(event.type as EventType);
        if (schema === undefined || !check(event.type as EventType)(event)) return;
        passed++;
        expect(schema.safeParse(event).error).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(passed).toBeGreaterThan(500);
  });

  it('64 attributes pass, 65 do not, and are one fault however wrong each of them is', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i]));
    expect(isRefusal(decideEvent(withData({ attributes: many(64) }), false))).toBe(false);
    expect(decideEvent(withData({ attributes: many(65) }), false)).toMatchObject({
      errors: [{ path: 'data.attributes' }],
    });
    const wrong = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`a${i}`, []]));
    expect(decideEvent(withData({ attributes: wrong }), false)).toMatchObject({
      code: 'invalid_event',
      errors: [{ path: 'data.attributes', message: 'must have at most 64 entries' }],
    });
    const withNulls = { ...many(64), none: null, nothing: null };
    expect(isRefusal(decideEvent(withData({ attributes: withNulls }), false))).toBe(false);
  });
});

it('an event holds at most 10,000 values, wherever they are', () => {
  const list = (count: number) => Array.from({ length: count }, (_, at) => at);
  // The event itself has 11 members and the list adds one.
  expect(isRefusal(decideEvent(withData({ list: list(9989) }), false))).toBe(false);
  for (const more of [list(9990), list(20_000), Object.fromEntries(list(9990).map((at) => [`n${at}`, at]))]) {
    expect(decideEvent(withData({ list: more }), false)).toMatchObject({
      code: 'invalid_event',
      errors: [{ path: 'data.list', message: expect.stringContaining('10000') }],
    });
  }
});

it('what is larger than an event may be is refused for that, before anything in it is looked at', () => {
  const text = JSON.stringify(withData({ note: 'x'.repeat(1_100_000), outcome: 'so-so' }));
  expect(decideEvent(JSON.parse(text), false, text)).toMatchObject({ code: 'event_too_large' });
});

it('said briefly, what is wrong in the data is named with its path', () => {
  const brief = (data: object) => decideEvent(withData(data), false, undefined, 'firstFault');
  expect(brief({ outcome: 'so-so' })).toMatchObject({ errors: [{ path: 'data.outcome' }] });
  expect(brief({ touchpoint: undefined })).toMatchObject({
    errors: [{ path: 'data.touchpoint', message: 'is required' }],
  });
  expect(brief({ attributes: { 'a/b~c': [] } })).toMatchObject({ errors: [{ path: 'data.attributes.a/b~c' }] });
  expect(brief({ attributes: { ['k'.repeat(300)]: 1 } })).toMatchObject({
    errors: [{ path: expect.stringMatching(/^data\.attributes\.k+…$/) }],
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

  it.each([
    '9007199254740992',
    '-9007199254740992',
    '9007199254740993.0',
    '12345678901234567890',
    '1e21',
    '-9.007199254740993E15',
    '12345678901234567890.5',
  ])('the number %s, of which digits would be lost, wherever it stands', (number) => {
    const told = { message: 'is beyond ±9007199254740991, where digits are lost: send it as text' };
    const inData = (data: object) => decideText(JSON.stringify(withData(data)).replace('"N"', number));
    expect(inData({ attributes: { order: 'N' } })).toMatchObject({
      errors: [{ path: 'data.attributes.order', ...told }],
    });
    expect(inData({ more: [{ deep: 'N' }] })).toMatchObject({ errors: [{ path: 'data.more.0.deep', ...told }] });
    const extension = JSON.stringify({ ...EVENT, n: 'N' }).replace('"N"', number);
    expect(decideText(extension)).toMatchObject({ errors: [{ path: 'n', ...told }] });
    const bytes = Buffer.from(JSON.stringify({ ...EVENT.data, n: 'N' }).replace('"N"', number));
    const { data, ...event } = EVENT;
    expect(decideEvent({ ...event, data_base64: bytes.toString('base64') }, false)).toMatchObject({
      errors: [{ path: 'data.n', ...told }],
    });
  });

  it.each(['9007199254740991', '-9007199254740991', '9.007199254740991e15', '1e-400', `0.${'1'.repeat(30)}`, '-0'])(
    'but the number %s may stand anywhere: whole ones are exact so far, and fractions are rounded as they always are',
    (number) => {
      const text = JSON.stringify(withData({ attributes: { n: 'N' } })).replace('"N"', number);
      expect(isRefusal(decideText(text))).toBe(false);
    },
  );
});

describe('what is null is as if it were not there', () => {
  const stored = (event: unknown) => JSON.parse((decideEvent(event, false) as { body: string }).body);

  it('in the envelope and in data, at any depth: the event is stored without it', () => {
    const sent = {
      ...withData({
        customerId: null,
        perception: null,
        ratings: { empathy: 5, tangibles: null },
        attributes: { size: null, colour: 'red' },
        actor: { id: null, team: null },
        unknown: { list: [1, null, { x: null }] },
      }),
      time: '2026-03-01T09:30:00.000Z',
      dataschema: null,
      datacontenttype: null,
      traceparent: null,
    };
    const { touchpoint, channel, outcome } = EVENT.data;
    expect(stored(sent)).toEqual({
      ...EVENT,
      time: '2026-03-01T09:30:00.000Z',
      data: {
        touchpoint,
        channel,
        outcome,
        ratings: { empathy: 5 },
        attributes: { colour: 'red' },
        actor: {},
        unknown: { list: [1, null, {}] },
      },
    });
  });

  it('in every optional field of every type', () => {
    fc.assert(
      fc.property(goodEvent, fc.nat(), (event, place) => {
        const { data } = event;
        const optional = Object.keys(dataSchemas[event.type as EventType].shape).filter((field) => !(field in data));
        const field = optional[place % optional.length]!;
        const body = (given: object) => (decideEvent(given, true) as { body: string }).body;
        expect(JSON.parse(body({ ...event, data: { ...data, [field]: null } }))).toEqual(JSON.parse(body(event)));
      }),
      { numRuns: 500 },
    );
  });

  it('a required field that is null is missing, and so is the one rating that there must be', () => {
    expect(decideEvent(withData({ touchpoint: null }), false)).toMatchObject({ errors: [{ path: 'data.touchpoint' }] });
    expect(decideEvent({ ...EVENT, time: null }, false)).toMatchObject({
      errors: [{ path: 'time', message: expect.stringContaining('is required') }],
    });
    expect(decideEvent(withData({ ratings: { empathy: null } }), false)).toMatchObject({
      errors: [{ path: 'data.ratings' }],
    });
  });
});

describe('an event without data', () => {
  const { data: _, ...bare } = EVENT;
  const nothingRequired = [
    'touchstone.referral.made.v1',
    'touchstone.journey.completed.v1',
    'touchstone.journey.abandoned.v1',
    'touchstone.relationship.ended.v1',
  ];

  it.each(eventTypes)('is what %s makes of an empty object', (type) => {
    for (const data of [{}, { data: {} }, { data: null }, { data_base64: '' }]) {
      const decision = decideEvent({ ...bare, type, ...data }, false);
      if (nothingRequired.includes(type)) expect(JSON.parse((decision as { body: string }).body).data).toEqual({});
      else
        expect(decision).toMatchObject({
          code: 'invalid_event',
          errors: expect.arrayContaining([expect.objectContaining({ path: expect.stringMatching(/^data\./) })]),
        });
    }
  });
});

describe('data given as bytes', () => {
  const { data, ...bare } = EVENT;
  const encoded = (text: string | Buffer) => Buffer.from(text).toString('base64');

  it.each([undefined, 'application/json', 'text/json; charset=utf-8', 'application/vnd.shop+json'])(
    'is read as the JSON that it is, of type %s',
    (datacontenttype) => {
      const decision = decideEvent({ ...bare, datacontenttype, data_base64: encoded(JSON.stringify(data)) }, false);
      expect(decision).toEqual(decideEvent(EVENT, false));
    },
  );

  it.each([
    ['of another type', { datacontenttype: 'application/avro', data_base64: 'AA==' }, 'datacontenttype', /JSON/],
    ['that is no JSON', { data_base64: encoded('{"a":') }, 'data_base64', /JSON/],
    ['that is no UTF-8', { data_base64: encoded(Buffer.from([0x22, 0xff, 0x22])) }, 'data_base64', /UTF-8/],
    ['that is no Base64', { data_base64: '-_-' }, 'data_base64', /Base64/],
    ['that is no text', { data_base64: 7 }, 'data_base64', /Base64/],
    ['beside data', { data_base64: 'e30=', data: {} }, 'data_base64', /one of them/],
    ['that is a JSON text', { data_base64: encoded('"a"') }, 'data', /object/],
    ['with a forbidden name', { data_base64: encoded('{"a":{"constructor":1}}') }, 'data.a.constructor', /name/],
    ['with half of a surrogate pair', { data_base64: encoded('{"a":"\\ud800"}') }, 'data.a', /surrogate/],
  ])('%s is refused with the reason', (_, given, path, says) => {
    expect(decideEvent({ ...bare, ...given }, false)).toMatchObject({
      code: 'invalid_event',
      errors: [{ path, message: expect.stringMatching(says) }],
    });
  });
});

describe('attributes beside the envelope', () => {
  it.each([
    ['traceParent', 'x'],
    ['shop_id', 'x'],
    ['größe', 'x'],
    ['', 'x'],
    ['shop', { a: 1 }],
    ['shop', [1]],
    ['shop', 1.5],
    ['shop', 2 ** 31],
  ])('have names and values as CloudEvents has them: %j: %j is refused', (name, value) => {
    expect(decideEvent({ ...EVENT, [name]: value }, false)).toMatchObject({
      code: 'invalid_event',
      errors: [{ path: name }],
    });
  });

  it.each([
    ['traceparent', '00-1'],
    ['aratherlongnamefora7thextension', 'x'],
    ['flag', true],
    ['count', -(2 ** 31)],
  ])('%s: %j is taken', (name, value) => {
    expect(isRefusal(decideEvent({ ...EVENT, [name]: value }, false))).toBe(false);
  });
});

describe('an id that could not stand in an address', () => {
  it.each(['.', '..'])('is refused: %s', (id) => {
    const journey = { journeyId: 'j', journeyType: 't' };
    for (const [path, event] of [
      ['id', { ...EVENT, id }],
      ['subject', { ...EVENT, subject: id }],
      ['data.journeyId', withData({ ...journey, journeyId: id })],
      ['data.journeyType', withData({ ...journey, journeyType: id })],
      ['data.actor.id', withData({ actor: { id } })],
    ] as const) {
      expect(decideEvent(event, false)).toMatchObject({
        errors: [{ path, message: expect.stringContaining('address') }],
      });
    }
    for (const given of [{ source: id }, { id: `${id}a` }, { id: '...' }, { subject: `a${id}` }])
      expect(isRefusal(decideEvent({ ...EVENT, ...given }, false)), JSON.stringify(given)).toBe(false);
  });
});

describe('a time', () => {
  it.each(['2026-03-01t09:00:00z', '2026-03-01t09:00:00.000Z', '2026-03-01T10:00:00.0000000000+01:00'])(
    'may be written as RFC 3339 allows, and is stored in one form: %s',
    (time) => {
      const text = JSON.stringify({ ...EVENT, time });
      const { body } = decideEvent(JSON.parse(text), false, text) as { body: string };
      expect(JSON.parse(body).time).toBe('2026-03-01T09:00:00.000Z');
    },
  );

  it.each([
    ['2026-03-01T10:00:00.0001+01:00', '2026-03-01T09:00:00.0001Z'],
    ['2026-03-01T09:00:00.123456700Z', '2026-03-01T09:00:00.1234567Z'],
    ['2026-03-01T09:00:00.12345678999Z', '2026-03-01T09:00:00.123456789Z'],
  ])('is stored with its digits down to nanoseconds, though milliseconds are measured: %s', (time, stored) => {
    const text = JSON.stringify({ ...EVENT, time });
    const decision = decideEvent(JSON.parse(text), false, text) as { body: string; time: number };
    expect(JSON.parse(decision.body).time).toBe(stored);
    expect(decision.time).toBe(Date.parse(`${stored.slice(0, 23)}Z`));
  });

  it.each([
    ['2016-12-31T23:59:60Z', /leap second/],
    ['2026-03-01T24:00:00Z', /hour 00\.\.23/],
    ['2026-03-01T09:60:00Z', /minute/],
    ['2026-03-01T09:00:61Z', /second 00/],
    ['2026-03-01T09:00:00+24:00', /offset/],
    ['2026-02-30T09:00:00Z', /calendar/],
    ['1969-12-31T23:59:59Z', /between 1970 and 2199/],
    ['2200-01-01T00:00:00Z', /between 1970 and 2199/],
    ['2026-03-01 09:00:00Z', /RFC 3339/],
    [7, /RFC 3339/],
    [undefined, /is required.*RFC 3339/],
  ])('that cannot be is refused for what is wrong with it: %s', (time, says) => {
    const errors = [{ path: 'time', message: expect.stringMatching(says) }];
    expect(decideEvent({ ...EVENT, time }, false)).toMatchObject({ errors });
  });
});

it('the customer may stand in the data alone', () => {
  const { subject, ...event } = withData({ customerId: 'c-9' });
  expect(decideEvent(event, false)).toMatchObject({ stream: 'customer-c-9' });
});

describe('a name that stands twice', () => {
  const canonical = { ...EVENT, time: '2026-03-01T09:30:00.000Z' };
  const text = JSON.stringify(canonical);
  const decide = (sent: string) => {
    const decision = decideEvent(JSON.parse(sent), sent.includes('\\u'), sent);
    if (isRefusal(decision)) throw new Error('refused');
    return decision;
  };

  it.each([
    ['source', text.replace('{', '{"source":"/other",')],
    ['subject, in the middle', text.replace('"type"', '"subject":"victim","type"')],
    ['a name that is spelt otherwise', text.replace('{', '{"\\u0073ource":"/other",')],
    ['a name before a blank', text.replace('{', '{"source" \t:"/other",')],
    ['a member of data', text.replace('"data":{', '"data":{"outcome":"failed",')],
    ['data itself', text.replace('{', '{"data":{"touchpoint":"x","channel":"y","outcome":"failed"},')],
    [
      'a name beside quotes and colons in values',
      text.replace('{', '{"note":"a\\\\\\":\\"source\\":","source":"/other",'),
    ],
    ['deep within data', text.replace('"data":{', '"data":{"more":[{"a":[{"b":1,"b":2}]}],')],
  ])('is stored once, as it was checked: %s', (_, sent) => {
    const { source, stream, body } = decide(sent);
    expect([source, stream]).toEqual(['/shop', 'customer-c-1']);
    expect(JSON.parse(body)).toEqual(JSON.parse(sent));
    expect(body.length).toBeLessThan(sent.length);
    expect(body).toBe(JSON.stringify(JSON.parse(body)));
    expect(body).not.toMatch(/other|victim/);
  });

  it('is all that keeps the text of an event from being stored as it was sent', () => {
    const odd = text.replace('"data":{', '"data":{ "more" : [1.0, "a:\\":b", {"": "c\\\\"}, {"\\"": ":"}, {}], ');
    expect(decide(odd).body).toBe(odd);
    fc.assert(
      fc.property(fc.json(), (json) => {
        const once = JSON.stringify(JSON.parse(json));
        fc.pre(!/null|__proto__/.test(once));
        const sent = text.replace('"data":{', () => `"data":{"more":${once},`);
        const decision = decideEvent(JSON.parse(sent), true, sent);
        if (!isRefusal(decision)) expect(decision.body).toBe(sent);
      }),
    );
  });
});

describe('an event that was exported', () => {
  const added = ',"touchstoneposition":"17","touchstonerecordedat":"2026-03-01T09:30:00.000Z"}';
  const canonical = JSON.stringify({ ...withData({ n: 1 }), time: '2026-03-01T09:30:00.000Z' }).replace(
    '1}',
    '1.10000000000000000001}',
  );

  it('is decided as it was published, to the letter', () => {
    const text = `${canonical.slice(0, -1)}${added}`;
    expect(decideEvent(JSON.parse(text), false, text)).toEqual(decideEvent(JSON.parse(canonical), false, canonical));
    expect(decideEvent(JSON.parse(text), false, text)).toMatchObject({ body: canonical });
  });

  it('and changed since, keeps nothing of what another log said of it', () => {
    const { data, ...envelope } = EVENT;
    const moved = { touchstonerecordedat: 'x', ...envelope, touchstoneposition: '17', position: 'mine', data };
    const text = JSON.stringify(moved);
    const decided = decideEvent(moved, false, text);
    expect(isRefusal(decided)).toBe(false);
    const { body } = decided as { body: string };
    expect(JSON.parse(body)).toEqual({ ...EVENT, time: '2026-03-01T09:30:00.000Z', position: 'mine' });
  });

  it('with a name that stands twice is written anew', () => {
    const text = `${canonical.slice(0, -1)},"id":"a1"${added}`;
    const decided = decideEvent(JSON.parse(text), false, text) as { body: string };
    expect(decided.body.match(/"id"/g)).toHaveLength(1);
  });
});
