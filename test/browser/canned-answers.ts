import { journeyQuestions } from './canned-journeys.ts';
import { operations } from './canned-operations.ts';
import { rate } from './canned-rate.ts';
import { reports } from './canned-reports.ts';
import type { Canned } from './canned-system.ts';

export const now = '2026-03-14T10:20:00.000Z';
const hoursAgo = (hours: number): string => new Date(Date.parse(now) - hours * 3_600_000).toISOString();

const overview = {
  now,
  customersByStage: { none: 1184, cognitive: 2310, affective: 871, behavioural: 209 },
  journeysByLevel: [
    { level: 'very-satisfied', journeys: 812 },
    { level: 'satisfied', journeys: 2204 },
    { level: 'fairly-satisfied', journeys: 1830 },
    { level: 'neutral', journeys: 940 },
    { level: 'slightly-dissatisfied', journeys: 402 },
    { level: 'dissatisfied', journeys: 190 },
    { level: 'very-dissatisfied', journeys: 231 },
    { level: '', journeys: 64 },
  ],
  journeysByStatus: { open: 640, completed: 5602, abandoned: 431 },
  promisesByState: { open: 512, kept: 4890, 'kept-late': 301, broken: 144, withdrawn: 38 },
  latestTrustChanges: [
    ['maren.holm', 'affective', 'behavioural', 0.4, 'earned'],
    ['c-20931', 'cognitive', 'none', 1.2, 'critical-failure'],
    ['ines-alvarez-de-la-fuente', 'none', 'cognitive', 3, 'earned'],
    ['c-88120', 'behavioural', 'affective', 5, 'incidents'],
    ['c-11873', 'cognitive', 'none', 8, 'idle'],
    ['c-40012', 'affective', 'cognitive', 22, 'complaint-open'],
    ['c-40013', 'none', 'cognitive', 31, 'earned'],
    ['c-40519', 'none', 'cognitive', 52, 'earned'],
  ].map(([customerId, from, to, hours, because]) => {
    return { customerId, from, to, at: hoursAgo(Number(hours)), because, satisfaction: 71.5 };
  }),
};

const rates = [
  ['payment.approved', 6420, 154],
  ['delivery.received', 5980, 812],
  ['parcel.shipped', 6101, 98],
  ['order.placed', 6612, 21],
  ['support.call', 211, 44],
  ['return.refunded', 38, 9],
  ['store.pickup', 9, 2],
].map(([touchpoint, moments, failures]) => rateOf(String(touchpoint), Number(moments), Number(failures)));

function rateOf(touchpoint: string, moments: number, failures: number) {
  const { n: _, k: __, ...interval } = rate(failures, moments);
  return { touchpoint, bucket: null, moments, failures, ...interval };
}

const summary = (id: string, customerId: string, score: number | null, level: string | null, more: object = {}) => ({
  id,
  type: 'order',
  customerId,
  status: 'open',
  startedAt: hoursAgo(200),
  lastAt: hoursAgo(20),
  endedAt: null,
  score,
  level,
  moments: 4,
  failures: 1,
  brokenPromises: 0,
  promisesKeptLate: 0,
  openComplaints: 0,
  ...more,
});

const lowest = [
  summary('order-20931', 'c-20931', 0, 'very-dissatisfied', { failures: 2, brokenPromises: 1, openComplaints: 1 }),
  summary('order-18820', 'c-18820', 0, 'very-dissatisfied', { status: 'abandoned', endedAt: hoursAgo(30) }),
  summary('5f1c1b0e-3c5d-4b8a-9a4e-0f6f6f0f9d11', 'c-77120', 11.37, 'very-dissatisfied', {
    brokenPromises: 2,
    promisesKeptLate: 1,
  }),
  summary('order-20001', 'ines-alvarez-de-la-fuente', 24.9, 'dissatisfied', { status: 'completed' }),
  summary('order-19220', 'c-19220', 38.2, 'dissatisfied', { failures: 0, openComplaints: 1 }),
  summary('order-19221', 'c-19221', 41.02, 'slightly-dissatisfied', { failures: 0 }),
];

const scored = [
  ['order.placed', 70, 'confirmed', 4, 4, 1, 0.14, 190],
  ['payment.approved', 70, 'confirmed', 4, 4, 2, 0.28, 189],
  ['parcel.shipped', 40.654, 'failed', 4, 2, 1, 0.14, 120],
  ['delivery.received', 0, 'failed', 4, 1, 1, 0.29, 70],
  ['delivery.received', 100, 'exceeded', 4, 5, 1, 0.15, 20],
] as const;
const explained = scored.map(([touchpoint, score, verdict, expectation, perception, weight, share, hours], index) => ({
  eventId: `e-${index}`,
  touchpoint,
  instrument: index === 4 ? 'csat' : null,
  at: hoursAgo(hours),
  expectation,
  perception,
  verdict,
  score,
  weight,
  share,
}));
const given = explained.reduce((sum, { share, score }) => sum + share * score, 0);

let order = 0;
const entry = (
  eventId: string,
  type: string,
  hours: number,
  before: number | null,
  after: number | null,
  more = {},
) => ({
  eventId,
  source: '/shop',
  type: `touchstone.${type}.v1`,
  at: hoursAgo(hours),
  order: order++,
  isFallenDue: false,
  isOutside: false,
  touchpoint: null,
  channel: null,
  outcome: null,
  score: null,
  verdict: null,
  scoreBefore: before,
  scoreAfter: after,
  ...more,
});

const journey = {
  ...summary('order-19221', 'c-19221', given - 10, 'slightly-dissatisfied', {
    brokenPromises: 1,
    promisesKeptLate: 1,
    failures: 1,
  }),
  explanation: {
    moments: explained,
    otherMoments: { count: 0, points: 0 },
    adjustments: [{ kind: 'broken-promises', points: -10 }],
    cap: null,
    score: given - 10,
    whatIf: [
      {
        kind: 'broken-promise',
        at: hoursAgo(90),
        touchpoint: 'delivery.received',
        promiseId: 'by-thursday',
        score: given,
      },
      {
        kind: 'moment',
        at: hoursAgo(70),
        touchpoint: 'delivery.received',
        eventId: 'e-3',
        source: '/shop',
        score: 60.1,
      },
      { kind: 'moment', at: hoursAgo(120), touchpoint: 'parcel.shipped', eventId: 'e-2', source: '/shop', score: 50.2 },
    ],
  },
  timeline: [
    entry('e-0', 'moment.recorded', 190, null, 70, {
      touchpoint: 'order.placed',
      channel: 'web',
      outcome: 'succeeded',
      score: 70,
      verdict: 'confirmed',
    }),
    entry('p-1', 'promise.made', 189.5, 70, 70, { touchpoint: 'delivery.received', promiseId: 'by-thursday' }),
    entry('e-1', 'moment.recorded', 189, 70, 70, {
      touchpoint: 'payment.approved',
      channel: 'web',
      outcome: 'succeeded',
      score: 70,
      verdict: 'confirmed',
    }),
    entry('e-2', 'moment.recorded', 120, 70, 58.1, {
      touchpoint: 'parcel.shipped',
      channel: 'parcel',
      outcome: 'succeeded',
      score: 40.654,
      verdict: 'failed',
      expects: [
        {
          promiseId: 'expected:order-19221:parcel.shipped:delivery.received',
          touchpoint: 'delivery.received',
          dueAt: hoursAgo(10),
          counts: false,
          state: 'withdrawn',
          closedAt: hoursAgo(20),
        },
      ],
    }),
    entry('promise-broken/by-thursday', 'change.promise-broken', 90, 58.1, 48.1, {
      isFallenDue: true,
      touchpoint: 'delivery.received',
      promiseId: 'by-thursday',
    }),
    entry('trust-changed/3', 'change.trust-changed', 90, 48.1, 48.1, {
      isFallenDue: true,
      from: 'behavioural',
      to: 'affective',
      because: 'incidents',
    }),
    entry('e-3', 'moment.recorded', 70, 48.1, 31.5, {
      touchpoint: 'delivery.received',
      channel: 'parcel',
      outcome: 'failed',
      score: 0,
      verdict: 'failed',
    }),
    entry('e-4', 'feedback.given', 20, 31.5, given - 10, {
      score: 100,
      verdict: 'exceeded',
      instrument: 'csat',
      touchpoint: 'delivery.received',
    }),
    entry('p-2', 'promise.kept', 60, given - 10, given - 10, { promiseId: 'by-thursday', isOutside: true }),
  ],
  total: { timeline: 9 },
  nextCursor: null,
};

const customer = {
  id: 'maren.holm',
  stage: 'affective',
  since: hoursAgo(24 * 41),
  satisfaction: 81.27,
  satisfiedMoments: 24,
  delights: 5,
  purchases: 3,
  loyalty: 'true',
  quietlyLeaving: true,
  history: [
    { from: 'none', to: 'cognitive', at: hoursAgo(24 * 300), because: 'earned', satisfaction: 74.3 },
    { from: 'cognitive', to: 'none', at: hoursAgo(24 * 221), because: 'critical-failure', satisfaction: 52 },
    { from: 'none', to: 'cognitive', at: hoursAgo(24 * 140), because: 'earned', satisfaction: 72.1 },
    { from: 'cognitive', to: 'affective', at: hoursAgo(24 * 41), because: 'earned', satisfaction: 81.6 },
  ],
  journeys: [
    summary('order-1', 'maren.holm', 81.4, 'satisfied', { status: 'completed', endedAt: hoursAgo(120), failures: 0 }),
    summary('order-2', 'maren.holm', 12, 'very-dissatisfied', {
      startedAt: hoursAgo(24 * 330),
      lastAt: hoursAgo(24 * 320),
    }),
    summary('order-3', 'maren.holm', null, null, { moments: 0, failures: 0 }),
  ],
  next: {
    stage: 'behavioural',
    missing: [
      { requirement: 'purchase-span-days', have: 61.25, need: 90, comparison: 'at-least', met: false },
      { requirement: 'incidents', have: 2, need: 2, comparison: 'below', met: false },
    ],
  },
  total: { history: 4, journeys: 3 },
  nextCursor: null,
};

/** A customer at the highest stage whose attitude has declined. */
const spurious = { ...customer, id: 'otto', stage: 'behavioural', satisfaction: 66.2, loyalty: 'spurious', next: null };

/** Not the default policy, to show that the pages hard-code no constant. */
export const policy = {
  trust: { incidentDays: 45, behavioural: { incidents: 3, lostBelow: 55, noPurchaseDays: 200 } },
  loyalty: { satisfaction: 82.5, satisfiedMoments: 4, purchases: 5, purchaseDays: 100 },
};

export const position = {
  log: '48213',
  projected: '48213',
  lagMs: 0,
  accepted: 47902,
  stored: 47902,
  projectedEvents: 47900,
  parked: 2,
};

export const emptyOverview = {
  ...overview,
  customersByStage: { none: 0, cognitive: 0, affective: 0, behavioural: 0 },
  journeysByLevel: [],
  journeysByStatus: { open: 0, completed: 0, abandoned: 0 },
  promisesByState: { open: 0, kept: 0, 'kept-late': 0, broken: 0, withdrawn: 0 },
  latestTrustChanges: [],
};

const report = reports(now);
const operation = operations(now);

/** A healthy system: every page has something to show. */
export function healthy(url: URL, _?: unknown, sent?: string): Canned {
  const reported = report(url, sent) ?? operation(url);
  if (reported !== undefined) return reported;
  const asked = journeyQuestions(url, lowest);
  if (asked !== undefined) return asked;
  switch (url.pathname) {
    case '/v1/overview':
      return [200, overview];
    case '/readyz':
      return [200, { status: 'ready', checks: [{ name: 'event store', status: 'ok' }] }];
    case '/v1/position':
      return [200, position];
    case '/v1/touchpoints/failure-rates':
      return [200, { rows: ratesOf(url.searchParams) }];
    case '/v1/journeys':
      return [200, { items: lowestOf(url.searchParams), nextCursor: null }];
    case '/v1/events':
      return [200, ''];
    case '/v1/me':
      return [200, { needsKey: false, name: null, scopes: ['publish', 'read', 'admin'] }];
    case '/v1/search':
      return [200, searched(url.searchParams.get('q') ?? '')];
    case '/v1/policy':
      return [200, policy];
    case '/v1/journeys/order-19221':
      return [200, journey];
    case '/v1/customers/maren.holm':
      return [200, customer];
    case '/v1/customers/otto':
      return [200, spurious];
    default:
      return problem(404, 'Not found', 'There is no such journey or customer.', 'not_found');
  }
}

function searched(q: string) {
  const journeys = lowest.map(({ id, customerId, type, status }) => ({ id, customerId, type, status }));
  return {
    journeys: journeys.filter(({ id }) => id.startsWith(q)),
    customers: [customer, spurious].filter(({ id }) => id.startsWith(q)).map(({ id, stage }) => ({ id, stage })),
    touchpoints: rates
      .filter(({ touchpoint }) => touchpoint.includes(q))
      .map(({ touchpoint: name, moments }) => ({ name, moments })),
    types: 'order'.includes(q) ? [{ name: 'order', journeys: 6673 }] : [],
  };
}

/** A system whose log is away: rows answer at this path, without what only the log has. */
export function fromRows(path: string): (url: URL) => Canned {
  return (url) => {
    const canned = healthy(url);
    if (url.pathname !== path || canned === 'never') return canned;
    const whole = canned[1] as Readonly<Record<string, unknown>>;
    const { explanation, timeline, next, total, nextCursor, ...known } = whole;
    const marks = { source: 'rows', settledTo: now, projected: position.projected };
    return [200, { ...known, ...marks, historyCut: { from: hoursAgo(300), upTo: '17' } }];
  };
}

const LONG_PAGE = 1_000;

/** A healthy system in which the journey `long` has so many moments, in pages of 1,000. */
export const withMoments =
  (all: number) =>
  (url: URL): Canned => {
    if (url.pathname !== '/v1/journeys/long') return healthy(url);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const places = Array.from({ length: LONG_PAGE }, (_, i) => from + i);
    const share = 1 / all;
    const next = from + LONG_PAGE;
    return [
      200,
      {
        ...journey,
        id: 'long',
        score: 80,
        moments: all,
        explanation: {
          moments: places.map((i) => ({ ...explained[0]!, eventId: `m${i}`, score: 80, share })),
          otherMoments: { count: all - LONG_PAGE, points: 80 - LONG_PAGE * share * 80 },
          adjustments: [],
          cap: null,
          score: 80,
          whatIf: [],
        },
        timeline: places.map((i) => ({ ...journey.timeline[0]!, eventId: `m${i}`, order: i })),
        total: { timeline: all },
        nextCursor: next < all ? String(next) : null,
      },
    ];
  };

export const withLongJourney = withMoments(20_000);

/** A healthy system with so many journeys, in pages of the length that is asked for. */
export const withJourneys =
  (all: number) =>
  (url: URL): Canned => {
    if (url.pathname !== '/v1/journeys') return healthy(url);
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const to = Math.min(all, from + Number(url.searchParams.get('limit') ?? 100));
    const places = Array.from({ length: to - from }, (_, i) => from + i);
    const items = places.map((i) => summary(`order-${i}`, `c-${i}`, (i * 100) / all, 'neutral'));
    return [200, { items, nextCursor: to < all ? String(to) : null }];
  };

/**
 * A healthy system with 5,000 touchpoints, as if a publisher wrote an id into the name. The first
 * ones have the most moments.
 */
export function withManyTouchpoints(url: URL): Canned {
  if (url.pathname !== '/v1/touchpoints/failure-rates') return healthy(url);
  const all = Array.from({ length: 5000 }, (_, i) =>
    rateOf(`order.${i}.opened${'-again'.repeat(i % 20)}`, 5001 - i, i % 3),
  );
  const most = Number(url.searchParams.get('groupsMax'));
  const sum = (name: 'moments' | 'failures') => all.slice(most).reduce((total, each) => total + each[name], 0);
  return [200, { rows: [...all.slice(0, most), rateOf('(other)', sum('moments'), sum('failures'))] }];
}

function lowestOf(asked: URLSearchParams) {
  if (['nope', 'kiosk.used', 'order.gifted'].includes(asked.get('touchpoint') ?? '')) return [];
  return lowest.filter((journey) => (asked.get('status') ?? journey.status) === journey.status);
}

/** `kiosk.used` has moments without a journey only; `order.gifted` occurs in a definition only. */
function ratesOf(asked: URLSearchParams) {
  if (asked.get('touchpoint') === 'kiosk.used') return [rateOf('kiosk.used', 7, 1)];
  if (asked.has('touchpoint')) return rates.filter(({ touchpoint }) => touchpoint === asked.get('touchpoint'));
  return asked.get('by')?.includes('channel') ? byChannel() : rates;
}

function byChannel() {
  return rates.flatMap((row) => ['web', 'app'].map((channel) => ({ ...row, channel })));
}

export function problem(status: number, title: string, detail: string, code: string, more: object = {}): Canned {
  return [status, { type: `https://touchstone.example/problems/${code}`, title, status, detail, code, ...more }];
}
