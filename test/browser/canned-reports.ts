import { rate } from './canned-rate.ts';
import type { Canned } from './canned-system.ts';

const DAY_MS = 86_400_000;

/** Answers of reports, as of `now`: every panel of the overview has something to show. */
export function reports(now: string): (url: URL, sent?: string) => Canned | undefined {
  const ago = (days: number): string => new Date(Date.parse(now) - days * DAY_MS).toISOString();
  return ({ pathname, searchParams }, sent = '{}') => {
    switch (pathname) {
      case '/v1/clock':
        return [200, { now, offByMs: 0, leaps: [] }];
      case '/v1/loyalty/stages':
        return [200, stages(ago)];
      case '/v1/loyalty/transitions':
        return [200, { rows: searchParams.has('bucket') ? movesByDay(ago) : transitions }];
      case '/v1/promises/report':
        return [200, promisesReport(ago)];
      case '/v1/complaints/report':
        return [200, complaintsReport(ago)];
      case '/v1/analytics/index':
        return [200, { rows: indexRows(ago, sent) }];
      case '/v1/worklist':
        return [200, worklist(ago)];
      case '/v1/alerts':
        return [200, alerts(ago)];
      case '/v1/views':
        return [200, { items: [savedView(ago)] }];
      case '/v1/annotations':
        return [200, annotations(ago)];
      case '/v1/objectives':
      case '/v1/promises':
      case '/v1/complaints':
        return [200, { items: [], nextCursor: null }];
      default:
        return undefined;
    }
  };
}

type Ago = (days: number) => string;

const stages = (ago: Ago) => ({
  from: ago(7),
  to: ago(0),
  buckets: [6, 5, 4, 3, 2, 1, 0].map((day) => ({
    start: ago(day + 1),
    end: ago(day),
    isOpen: day === 0,
    none: 1184 + day * 10,
    cognitive: 2310 - day * 20,
    affective: 871,
    behavioural: 209,
  })),
});

const transitions = [
  { from: 'none', to: 'cognitive', because: 'earned', changes: 31, customers: 30 },
  { from: 'cognitive', to: 'none', because: 'critical-failure', changes: 4, customers: 4 },
  { from: 'affective', to: 'cognitive', because: 'complaint-open', changes: 1, customers: 1 },
];

/** The falls of the week as on a river: at their days, one day with two reasons. */
const movesByDay = (ago: Ago) => [
  { ...transitions[0], bucket: ago(5), changes: 20, customers: 20 },
  { ...transitions[1], bucket: ago(5), changes: 1, customers: 1 },
  { ...transitions[0], bucket: ago(3), changes: 11, customers: 10 },
  { ...transitions[1], bucket: ago(3), changes: 2, customers: 2 },
  { ...transitions[1], bucket: ago(3), because: 'idle', changes: 1, customers: 1 },
  { ...transitions[2], bucket: ago(2), changes: 1, customers: 1 },
];

const promisesReport = (ago: Ago) => ({
  from: ago(7),
  to: ago(0),
  rows: [
    { made: 90, open: 4, kept: 80, keptLate: 3, broken: 2, withdrawn: 1, keeping: rate(80, 85), medianLateMs: DAY_MS },
  ],
});

const complaintsReport = (ago: Ago) => ({
  from: ago(7),
  to: ago(0),
  rows: [
    {
      raised: 12,
      open: 2,
      answered: 10,
      resolved: 9,
      medianMsToAnswer: DAY_MS / 4,
      p90MsToAnswer: DAY_MS,
      answeredWithin: rate(9, 11),
      firstContact: rate(5, 9),
      followedUp: rate(4, 9),
      satisfied: rate(4, 6),
    },
  ],
});

const leaf = (id: string, measure: string, value: number) => ({
  id,
  measure,
  n: 100,
  value,
  low: value - 1,
  high: value + 1,
  level: 'satisfied',
});
const measures = {
  id: 'overview',
  covered: 1,
  value: 80,
  low: 79,
  high: 81,
  level: 'satisfied',
  children: [
    leaf('score', 'journey-score', 74.2),
    leaf('csat', 'csat', 81.3),
    leaf('success', 'success', 97.6),
    leaf('promises', 'promise-keeping', 94.1),
    leaf('answered', 'answered-within', 81.8),
  ],
};

/** One row, or one a day where buckets are asked for. */
function indexRows(ago: Ago, sent: string) {
  if (JSON.parse(sent).bucket === undefined) return [{ tree: measures }];
  return [6, 5, 4, 3, 2, 1, 0].map((day) => ({
    bucket: ago(day + 1),
    tree: {
      ...measures,
      children: measures.children.map((child) => ({ ...child, value: child.value - ((day * 7) % 5) })),
    },
  }));
}

const worklist = (ago: Ago) => ({
  items: [
    {
      customerId: 'c-20931',
      reasons: [
        { reason: 'critical-failure', since: ago(2), journeyId: 'order-20931' },
        { reason: 'complaint-open', since: ago(1), journeyId: 'order-20931', complaintId: 'x' },
      ],
      value: 420,
      stage: 'none',
      satisfaction: 31.2,
    },
    {
      customerId: 'maren.holm',
      reasons: [{ reason: 'quietly-leaving', since: ago(40) }],
      value: 120,
      stage: 'affective',
      satisfaction: 81.27,
    },
  ],
  nextCursor: null,
  counts: {
    'critical-failure': 1,
    'complaint-open': 1,
    'promise-broken': 0,
    'stage-lost': 0,
    'quietly-leaving': 1,
    silent: 0,
    'complaint-old': 0,
  },
});

const savedView = (ago: Ago) => ({
  name: 'gold-orders',
  putAt: ago(3),
  view: { title: 'Orders of gold customers', address: '/journeys?attribute.plan=gold' },
});

const annotations = (ago: Ago) => ({
  items: [
    { name: 'release-4.2', at: ago(4), text: 'release 4.2' },
    { name: 'sale', at: ago(2), text: 'spring sale' },
  ],
  definitions: [{ type: 'order', version: 2, at: ago(5.5) }],
});

const alerts = (ago: Ago) => ({
  items: [
    {
      id: 'a-1',
      kind: 'burn-rate',
      name: 'payment',
      version: 1,
      severity: 'page',
      began: ago(0.1),
      ended: null,
      because: ['page: 1h and 5m'],
      moments: 210,
      failures: 31,
      last: null,
      left: null,
      members: null,
      failing: '/v1/journeys?touchpoint=payment.approved&hasFailure=true&limit=50',
      acknowledged: null,
    },
  ],
  nextCursor: null,
});
