import { type EventType, eventTypes } from '@touchstone/journey';

/** Events that no store should hold, and that ingest would never accept. */

const TIME = '2026-03-01T09:30:00.000Z';
export const AT = Date.parse(TIME);

/** A value of each type of JSON, and values that break arithmetic, text or the calendar. */
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

export const BASE = {
  journeyId: 'j',
  journeyType: 'order',
  attributes: { a: 'b' },
  actor: { id: 'x', team: 't', site: 's' },
};
export const DATA: Readonly<Record<EventType, Readonly<Record<string, unknown>>>> = {
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

let count = 0;
export const good = (customer: string) =>
  storedAs(customer, { ...envelope(customer), data: { ...BASE, ...DATA[eventTypes[0]!] } });
export const envelope = (customer: string, type: string = eventTypes[0]!) => ({
  specversion: '1.0',
  id: `e${++count}`,
  source: '/damaged',
  type,
  subject: customer,
  time: TIME,
});

/** The event in a store's form, whatever its content. */
export function storedAs(customer: string, event: Readonly<Record<string, unknown>>, body = JSON.stringify(event)) {
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  const identity = { source: text(event.source), id: `e${++count}`, type: text(event.type) };
  return { stream: `customer-${customer}`, ...identity, time: AT, body };
}

export type ToStore = ReturnType<typeof storedAs>;

/** Puts each damaged event between two good ones of its customer. */
export const amongGood = (damaged: readonly ToStore[]) =>
  damaged.flatMap((event) => {
    const customer = event.stream.slice('customer-'.length);
    return [good(customer), event, good(customer)];
  });

interface DamagedEvent {
  readonly name: string;
  readonly event: (customer: string) => Readonly<Record<string, unknown>>;
}

const inEveryField: readonly DamagedEvent[] = eventTypes.flatMap((type) => {
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
const inTheEnvelope: readonly DamagedEvent[] = ['id', 'source', 'type', 'subject', 'time', 'specversion'].flatMap(
  (member) =>
    Object.entries(VALUES).map(([name, value]) => ({
      name: `${member} ${name}`,
      event: (customer: string) => ({
        ...envelope(customer),
        data: { ...BASE, ...DATA[eventTypes[0]!] },
        [member]: value,
      }),
    })),
);

/** Every field of every type, with a value of every type of JSON. */
export const damagedEvents: readonly DamagedEvent[] = [...inEveryField, ...inTheEnvelope];

/** Bodies that are not events at all. */
export const damagedBodies = [
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
