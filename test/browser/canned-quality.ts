import { type Ago, rate } from './canned-rate.ts';
import type { Canned } from './canned-system.ts';

const DAY_MS = 86_400_000;

/** Answers of the rooms of promises, of drivers and quality, and of customers over time. */
export function quality(url: URL, ago: Ago): Canned | undefined {
  const asked = url.searchParams;
  switch (url.pathname) {
    case '/v1/promises/report':
      return asked.has('by') || asked.has('bucket') ? [200, promises(asked, ago)] : undefined;
    case '/v1/complaints/report':
      return asked.has('by') || asked.has('bucket') ? [200, complaints(asked, ago)] : undefined;
    case '/v1/promises':
      return [200, { items: [promise('a', ago), promise('b', ago)], nextCursor: null }];
    case '/v1/complaints':
      return [200, { items: [complaint(ago)], nextCursor: null }];
    case '/v1/trust-changes':
      return [200, { items: [], nextCursor: null }];
    case '/v1/recovery':
      return [200, recovery];
    case '/v1/analytics/drivers':
      return [200, drivers];
    case '/v1/analytics/importance':
      return [200, { rows: importance }];
    case '/v1/quality':
      return [200, { rows: [rater(asked.get('by'))] }];
    case '/v1/gaps':
      return [200, { rows: gaps }];
    case '/v1/indexes':
      return [
        200,
        {
          items: [
            { name: 'behaviour', version: null, putAt: null, tree: { id: 'b', title: 'Behaviour', children: [] } },
          ],
        },
      ];
    case '/v1/benchmarks':
      return [200, benchmarks];
    case '/v1/loyalty/retention':
      return [200, retention(asked, ago)];
    case '/v1/loyalty/time-in-stage':
      return [200, { stages: stays }];
    case '/v1/loyalty/retention/customers':
    case '/v1/loyalty/stages/customers':
      return [
        200,
        {
          items: Array.from({ length: 7 }, (_, at) => ({
            customerId: `c-${at}`,
            stage: 'cognitive',
            satisfaction: 70 + at,
          })),
          nextCursor: null,
        },
      ];
    default:
      return undefined;
  }
}

const names = ['delivery.received', 'support.call', '', '<b>return</b>.refunded'];

function split<Row extends object>(asked: URLSearchParams, ago: Ago, rowOf: (at: number) => Row) {
  const by = asked.get('by');
  if (by !== null) return { rows: names.map((name, at) => ({ [by]: name, ...rowOf(at) })) };
  const rows = [3, 2, 1].map((days) => ({ bucket: ago(days), isOpen: days === 1, ...rowOf(days) }));
  return { from: ago(3), to: ago(0), rows };
}

const promises = (asked: URLSearchParams, ago: Ago) =>
  split(asked, ago, (at) => {
    const [kept, keptLate, broken, open, withdrawn] = [400 - at * 90, 30, 12 - at, 25, 3];
    const keeping = rate(kept, kept + keptLate + broken);
    return {
      made: kept + keptLate + broken + open + withdrawn,
      open,
      kept,
      keptLate,
      broken,
      withdrawn,
      keeping,
      medianLateMs: 1.4 * DAY_MS,
    };
  });

const complaints = (asked: URLSearchParams, ago: Ago) =>
  split(asked, ago, (at) => ({
    raised: 40 - at * 9,
    open: 4,
    answered: 34 - at * 9,
    resolved: 30 - at * 9,
    medianMsToAnswer: DAY_MS / 5,
    p90MsToAnswer: 1.6 * DAY_MS,
    answeredWithin: rate(28 - at * 7, 38 - at * 9),
    firstContact: rate(3, 9),
    followedUp: rate(2, 12),
    satisfied: rate(0, 0),
  }));

const promise = (id: string, ago: Ago) => ({
  id,
  customerId: 'c-20931',
  expected: id === 'a',
  journeyId: 'order-20931',
  journeyType: 'order',
  touchpoint: 'delivery.received',
  what: id === 'a' ? null : 'We call you back',
  madeAt: ago(4),
  dueAt: ago(2),
  state: id === 'a' ? 'broken' : 'kept-late',
  closedAt: id === 'a' ? null : ago(1),
});

const complaint = (ago: Ago) => ({
  id: 'x',
  customerId: 'c-20931',
  journeyId: 'order-20931',
  journeyType: 'order',
  touchpoint: 'support.call',
  channel: 'phone',
  severity: 'high',
  raisedAt: ago(1),
  answeredAt: null,
  resolvedAt: null,
  followedUpAt: null,
  firstContact: null,
  satisfaction: null,
});

const recovery = {
  cases: 812,
  recovered: 264,
  next: {
    recovered: { n: 240, mean: 71.3 },
    not: { n: 431, mean: 66.2 },
    difference: 5.1,
    low: 1.8,
    high: 8.4,
    p: 0.003,
    stratified: { difference: 4.2, low: -0.3, high: 8.7 },
  },
  boughtAgain: { recovered: rate(60, 180), not: rate(88, 310), difference: 0.05, low: -0.03, high: 0.13, p: 0.24 },
};

const driver = (factor: string, value: string, difference: number, reach: number, q: number, isPart = false) => ({
  factor,
  value,
  with: { n: 310, mean: 70 + difference },
  without: { n: 5400, mean: 70 },
  difference,
  low: difference - reach,
  high: difference + reach,
  p: q / 2,
  q,
  isPart,
});
const drivers = {
  cases: 5710,
  tests: 41,
  items: [
    driver('touchpoint-failed', 'delivery.received', -31.4, 2.1, 0.0001, true),
    driver('channel', 'app', -9.2, 2.4, 0.002),
    driver('team', 'north', 4.1, 1.9, 0.03),
    driver('attribute.carrier', '', -2.2, 3.1, 0.41),
    driver('touchpoint', '<b>return</b>.refunded', 0.4, 4.4, 0.92),
  ],
};

const important = (touchpoint: string, value: number | null, mean: number) => ({
  touchpoint,
  importance: value,
  n: value === null ? 12 : 420,
  performance: { n: 500, mean, low: mean - 2, high: mean + 2 },
});
const importance = [
  important('delivery.received', 0.61, 58.2),
  important('payment.approved', 0.42, 81.7),
  important('order.placed', 0.11, 88.9),
  important('support.call', 0.38, 44.1),
  important('parcel.shipped', 0.08, 62.3),
  important('return.refunded', null, 51),
];

const rating = (mean: number | null, n = 210) =>
  mean === null ? { n: 0, mean, low: null, high: null } : { n, mean, low: mean - 0.12, high: mean + 0.12 };
const rater = (by: string | null) => ({
  ...(by === null || by === '' ? {} : { [by]: 'delivery.received' }),
  ratings: {
    reliability: rating(3.4),
    assurance: rating(4.1),
    tangibles: rating(4.4),
    empathy: rating(3.9),
    responsiveness: rating(3.1),
  },
  n: 180,
  r2: 0.64,
  weights: Object.fromEntries(
    [
      ['reliability', 0.41],
      ['assurance', 0.12],
      ['tangibles', 0.05],
      ['empathy', 0.14],
      ['responsiveness', 0.28],
    ].map(([name, share]) => [name, { raw: Number(share) * 0.64, share }]),
  ),
});

const gap = (value: number | null, reach = 0.2) =>
  value === null
    ? { gap: null, n: 0, low: null, high: null }
    : { gap: value, n: 320, low: value - reach, high: value + reach };
const gaps = ['order.placed', 'delivery.received', 'support.call'].map((touchpoint, at) => ({
  touchpoint,
  gaps: {
    knowledge: gap(0.3 * at),
    policy: { gap: at === 0 ? null : 0.5 },
    delivery: gap(1.2 - at * 0.6),
    communication: gap(-0.8 + at * 0.4),
    service: gap(at === 2 ? null : 0.9),
  },
}));

const unit = (name: string, n: number, value: number, rank: number | null) => ({
  unit: name,
  n,
  value,
  low: value - 60 / Math.sqrt(n),
  high: value + 60 / Math.sqrt(n),
  shrunken: value + (72 - value) * 0.2,
  rank,
  toBest: rank === null ? null : (rank - 1) * 2.3,
});
const benchmarks = {
  overall: 72.4,
  spread: 3.8,
  rows: [
    unit('north', 812, 77.2, 1),
    unit('west', 540, 73, 2),
    unit('south', 640, 68.1, 3),
    unit('night', 12, 84, null),
  ],
};

function retention(asked: URLSearchParams, ago: Ago) {
  const step = asked.get('cohort') === '1w' ? 7 : 30;
  const count = 7;
  const cohorts = Array.from({ length: count }, (_, at) => ({
    start: ago((count - at) * step),
    size: 310 - at * 20,
    periods: Array.from({ length: count - at }, (__, k) => {
      const customers = Math.round((310 - at * 20) * (k === 0 ? 1 : 0.5 * 0.85 ** k));
      return { k, customers, share: customers / (310 - at * 20), isOpen: k === count - at - 1 };
    }),
  }));
  return { from: ago(count * step), to: ago(0), cohorts };
}

const stay = (
  stage: string,
  n: number,
  ended: number,
  medianDays: number | null,
  shares: readonly (number | null)[],
) => ({
  stage,
  n,
  ended,
  medianDays,
  survival: [30, 90, 180, 365].map((days, at) => ({ days, share: shares[at] ?? null })),
});
const stays = [
  stay('cognitive', 3310, 1204, 148.2, [0.91, 0.7, 0.44, 0.2]),
  stay('affective', 1020, 204, null, [0.97, 0.88, 0.79, null]),
  stay('behavioural', 240, 31, null, [0.99, 0.94, null, null]),
];
