import { dataSchemas, type EventType, eventTypes } from '@touchstone/journey';
import { listParked } from '@touchstone/read-models';
import { dumpHoweverCut } from '@touchstone/read-models/testing';
import { createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mutatedEvent } from '../../services/ingest/src/event-arbitraries.ts';
import { openFoldThreads } from '../../services/projector/src/fold-threads.ts';
import { partitionLane } from '../../services/projector/src/lane.ts';
import { startProjector } from '../../services/projector/src/projector.ts';
import { startTestSystem, type TestSystem } from '../../services/query/src/start-test-system.ts';

/** What ingest would never let through, written to the log past it: by damage, by a newer version, by somebody else. */

const TIME = '2026-03-01T09:30:00.000Z';
const AT = Date.parse(TIME);

/** A value of each type of JSON, and those that break arithmetic, text or the calendar. */
const VALUES: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  false: false,
  zero: 0,
  negative: -7.5,
  large: 1e308,
  'no text': '',
  text: 'x',
  'long text': 'x'.repeat(20_000),
  'half a pair': 'a\ud800',
  'a day before 1970': '1969-12-31T23:59:59.000Z',
  'a day after 2199': '2200-01-01T00:00:00.000Z',
  list: ['x', 1],
  'empty list': [],
  object: { value: 'x', min: 0, max: 1 },
  'an endless scale': { value: 0, min: -1e308, max: 1e308 },
  'a scale of no length': { value: 1, min: 1, max: 1 },
  'a prototype': JSON.parse('{"__proto__": {"value": 1}, "constructor": 1}'),
  missing: undefined,
};

const BASE = { journeyId: 'j', journeyType: 'order', attributes: { a: 'b' }, actor: { id: 'x', team: 't', site: 's' } };
const DATA: Readonly<Record<EventType, Readonly<Record<string, unknown>>>> = {
  'touchstone.moment.recorded.v1': {
    touchpoint: 'pay',
    channel: 'web',
    outcome: 'failed',
    expectation: 4,
    perception: { value: 2, min: 0, max: 10 },
    ratings: { empathy: 3 },
    effort: 3,
    durationMs: 5,
    cause: 'people',
  },
  'touchstone.feedback.given.v1': { instrument: 'csat', score: 3, touchpoint: 'pay', expectation: 4, comment: 'x' },
  'touchstone.promise.made.v1': { promiseId: 'p', dueAt: '2026-03-04T00:00:00.000Z', what: 'w', touchpoint: 'pay' },
  'touchstone.promise.kept.v1': { promiseId: 'p' },
  'touchstone.promise.withdrawn.v1': { promiseId: 'p' },
  'touchstone.complaint.raised.v1': { complaintId: 'c', touchpoint: 'pay', channel: 'web', severity: 'high' },
  'touchstone.complaint.answered.v1': { complaintId: 'c' },
  'touchstone.complaint.resolved.v1': { complaintId: 'c', firstContact: true, satisfaction: 4 },
  'touchstone.complaint.followed-up.v1': { complaintId: 'c', satisfaction: 4 },
  'touchstone.recovery.made.v1': { kind: 'refund', accepted: true, touchpoint: 'pay' },
  'touchstone.purchase.made.v1': { amount: 3, currency: 'EUR', orderId: 'o' },
  'touchstone.referral.made.v1': { referredId: 'r' },
  'touchstone.journey.completed.v1': { reason: 'r' },
  'touchstone.journey.abandoned.v1': { reason: 'r' },
  'touchstone.relationship.ended.v1': { reason: 'r' },
};

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([{ type: 'order', touchpoints: { pay: { critical: true, targetMs: 10 } } }]);
});
afterAll(() => system?.stop());

let count = 0;
const good = (customer: string) =>
  storedAs(customer, { ...envelope(customer), data: { ...BASE, ...DATA[eventTypes[0]!] } });
const envelope = (customer: string, type: string = eventTypes[0]!) => ({
  specversion: '1.0',
  id: `e${++count}`,
  source: '/damaged',
  type,
  subject: customer,
  time: TIME,
});

/** As a store holds it, whatever is in it. */
function storedAs(customer: string, event: Readonly<Record<string, unknown>>, body = JSON.stringify(event)) {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const identity = { source: text(event.source), id: `e${++count}`, type: text(event.type) };
  return { stream: `customer-${customer}`, ...identity, time: AT, body };
}

type ToStore = ReturnType<typeof storedAs>;

/** Each damaged event between two good ones of its customer. */
const amongGood = (damaged: readonly ToStore[]) =>
  damaged.flatMap((event) => {
    const customer = event.stream.slice('customer-'.length);
    return [good(customer), event, good(customer)];
  });

async function store(events: readonly ToStore[]): Promise<bigint> {
  let position = 0n;
  for (let at = 0; at < events.length; at += 500)
    ({ position } = await system.store.append(events.slice(at, at + 500)));
  expect(await system.projector.progress.reached(position, 60_000), String(system.projector.fault())).toBe(true);
  return position;
}

async function parkedRows(): Promise<{ position: string; customerId: string; error: string }[]> {
  const rows = [];
  for (let cursor = ''; ; ) {
    const { body } = await system.get(
      `/v1/parked?limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    rows.push(...body.items);
    if (body.nextCursor === null) return rows;
    cursor = body.nextCursor;
  }
}

/** Of all together, and of each source. */
async function expectBalance(): Promise<void> {
  const { body } = await system.get('/v1/conservation');
  expect(body).toMatchObject({ balanced: true, gaps: [], totals: { gap: 0, lag: 0 } });
  for (const row of body.rows) expect(row.stored, row.source).toBe(row.projected + row.parked);
  expect(body.totals.stored).toBe(body.totals.projected + body.totals.parked);
}

/** Every answer about the customer stands on the two good events, and on the other only where it could be taken. */
async function expectAnswers(customer: string, isParked: boolean): Promise<void> {
  const { status, body } = await system.get(`/v1/customers/${customer}`);
  const parkedEvents = isParked ? 1 : undefined;
  expect([status, body.parkedEvents], customer).toEqual([200, parkedEvents]);
  const journey = await system.get(`/v1/journeys/j?customerId=${customer}`);
  expect([journey.status, journey.body.parkedEvents], customer).toEqual([200, parkedEvents]);
  expect(journey.body.score).toEqual(expect.any(Number));
  expect(journey.body.moments).toBeGreaterThanOrEqual(2);
}

type Fill = (generation: number) => Promise<void>;
const silent = createLogger({ level: 'silent' });
const announce = async () => undefined;

const onThreads: Fill = async (generation) => {
  const { store, readModels, measures } = system.deps;
  const threads = openFoldThreads(2);
  const { startFolder } = threads;
  const options = { store, readModels, generation, measures: measures(), logger: silent, announce, startFolder };
  const projector = await startProjector(options);
  expect(await projector.progress.reached(await store.head(), 120_000), String(projector.fault())).toBe(true);
  await projector.stop();
  await threads.close();
};

const inThreeLanes: Fill = async (generation) => {
  const { store, readModels, measures } = system.deps;
  const target = async () => ({ generation, measures: measures() });
  for (let index = 0; index < 3; index++) {
    const lane = partitionLane(index, 3, { store, readModels, target, announce, logger: silent });
    await lane.look();
    await lane.close();
  }
};

async function parkedIn(generation: number) {
  const { clickhouse } = system.deps.readModels;
  const rows: { position: bigint; customerId: string; source: string; error: string }[] = [];
  for (let after = 0n; ; after = rows.at(-1)!.position) {
    const page = await listParked(clickhouse, generation, { limit: 500, after });
    if (page.length === 0) return rows;
    rows.push(...page.map(({ position, customerId, source, error }) => ({ position, customerId, source, error })));
  }
}

describe('an event that is stored, whatever is in it, holds up nobody', () => {
  const cases = eventTypes.flatMap((type) => {
    const data: Readonly<Record<string, unknown>> = { ...BASE, ...DATA[type] };
    const inData = Object.keys(data).flatMap((field) =>
      Object.entries(VALUES).map(([name, value]) => ({
        name: `${type} data.${field} ${name}`,
        event: (customer: string) => ({ ...envelope(customer, type), data: { ...data, [field]: value } }),
      })),
    );
    const inActor = Object.entries(VALUES).map(([name, value]) => ({
      name: `${type} data.actor.team ${name}`,
      event: (customer: string) => ({ ...envelope(customer, type), data: { ...data, actor: { team: value } } }),
    }));
    const others = Object.entries(VALUES).flatMap(([name, value]) => [
      { name: `${type} data ${name}`, event: (customer: string) => ({ ...envelope(customer, type), data: value }) },
      {
        name: `${type} attribute ${name}`,
        event: (customer: string) => ({ ...envelope(customer, type), data: { ...data, attributes: { a: value } } }),
      },
      {
        name: `${type} extra ${name}`,
        event: (customer: string) => ({
          ...envelope(customer, type),
          unheardOf: value,
          data: { ...data, unheardOf: value },
        }),
      },
    ]);
    return [...inData, ...inActor, ...others];
  });
  const envelopes = ['id', 'source', 'type', 'subject', 'time', 'specversion'].flatMap((member) =>
    Object.entries(VALUES).map(([name, value]) => ({
      name: `${member} ${name}`,
      event: (customer: string) => ({
        ...envelope(customer),
        data: { ...BASE, ...DATA[eventTypes[0]!] },
        [member]: value,
      }),
    })),
  );

  test('the cases name every field of every type', () => {
    for (const type of eventTypes) {
      const fields = Object.keys(dataSchemas[type].shape).filter((field) => field !== 'customerId');
      expect(Object.keys({ ...BASE, ...DATA[type] }).sort(), type).toEqual(fields.sort());
    }
  });

  test('every field of every type as every type of JSON: all others are projected, and each of these is projected or parked', async () => {
    const damaged = [...cases, ...envelopes].map(({ name, event }, i) => ({
      name,
      stored: storedAs(`d${i}`, event(`d${i}`)),
    }));
    const before = (await system.get('/v1/position')).body;
    const head = await store(amongGood(damaged.map(({ stored }) => stored)));
    const after = (await system.get('/v1/position', { 'touchstone-after': String(head) })).body;
    const parked = new Map((await parkedRows()).map((row) => [row.customerId, row]));
    expect(after.parked - before.parked).toBe(parked.size);
    expect(after.projectedEvents - before.projectedEvents).toBe(3 * damaged.length - parked.size);
    expect(parked.size).toBeGreaterThan(1000);
    for (const { error } of parked.values()) expect(error).toMatch(/^the stored event .{20,}/);
    await expectBalance();
    for (let i = 0; i < damaged.length; i += 7) await expectAnswers(`d${i}`, parked.has(`d${i}`));
  }, 300_000);

  test('bodies that are no event at all', async () => {
    const bodies = [
      '',
      'no JSON',
      'null',
      '7',
      '"x"',
      '[]',
      '{}',
      '{"data":{}}',
      '['.repeat(100_000),
      `{"a":${'1'.repeat(100_000)}}`,
    ];
    const damaged = bodies.map((body, i) => storedAs(`b${i}`, {}, body));
    await store(amongGood(damaged));
    const parked = new Set((await parkedRows()).map(({ customerId }) => customerId));
    for (const i of bodies.keys()) {
      expect(parked).toContain(`b${i}`);
      await expectAnswers(`b${i}`, true);
    }
    await expectBalance();
  }, 60_000);

  test('2,000 random events with something wrong somewhere', async () => {
    const damaged = fc
      .sample(mutatedEvent, { seed: 14, numRuns: 2000 })
      .map((event, i) => storedAs(`r${i}`, { ...event, source: '/r', subject: `r${i}` }));
    await store(amongGood(damaged));
    const parked = new Set((await parkedRows()).map(({ customerId }) => customerId));
    await expectBalance();
    for (let i = 0; i < damaged.length; i += 20) await expectAnswers(`r${i}`, parked.has(`r${i}`));
  }, 120_000);

  test('an announcement or a retry that is damaged is as if it were not there', async () => {
    const bodies = [
      'no JSON touchstone.change.parked-retried.v1',
      '{"type":"touchstone.change.parked-retried.v1","data":7}',
      '{"type":"touchstone.change.parked-retried.v1","data":{"positions":["x"]}}',
      '7,"due":true}',
    ];
    const announced = bodies.map((body, i) => ({
      ...storedAs('announced', {}, body),
      stream: 'changes-announced',
      time: i === 3 ? 9e15 : AT,
    }));
    await store([good('announced'), ...announced, good('announced')]);
    await expectAnswers('announced', false);
    const { body } = await system.get('/v1/journeys?customerId=announced');
    expect(body.items).toMatchObject([{ moments: 2 }]);
  });

  test('a damaged event says in words what is wrong with it', async () => {
    const words = async (customer: string, data: object) => {
      await store([storedAs(customer, { ...envelope(customer), data: { ...DATA[eventTypes[0]!], ...data } })]);
      return (await parkedRows()).find(({ customerId }) => customerId === customer)?.error;
    };
    expect(await words('w1', { outcome: 7 })).toMatch(
      /^the stored event e\d+ of \/damaged cannot be measured: data\.outcome: Invalid option/,
    );
    expect(await words('w2', { perception: { value: 11, min: 0, max: 10 } })).toContain(
      'data.perception: value 11 is off its scale 0..10',
    );
    expect(await words('w3', { touchpoint: null })).toContain(
      'data.touchpoint: Invalid input: expected string, received null',
    );
  });

  test.each<[string, Fill]>([
    ['by a rebuild on threads', onThreads],
    ['by three lanes', inThreeLanes],
  ])(
    'all of it is read again %s, and the same events are set aside',
    async (_how, fill) => {
      const { readModels, store, generation } = system.deps;
      const { number } = await readModels.createGeneration('{}');
      await fill(number);
      expect(await readModels.verify(number)).toEqual({ isWhole: true, faults: [] });
      const again = await parkedIn(number);
      expect(again).toEqual(await parkedIn(generation()!));
      expect(again.length).toBeGreaterThan(1000);
      expect((await dumpHoweverCut(readModels.clickhouse, number)).moments).toEqual(
        (await dumpHoweverCut(readModels.clickhouse, generation()!)).moments,
      );
      expect(await store.head()).toBeGreaterThan(0n);
    },
    300_000,
  );
});
