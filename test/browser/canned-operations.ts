import type { Canned } from './canned-system.ts';

const HOUR_MS = 3_600_000;

/** Answers about definitions and about the system itself, as of `now`. */
export function operations(now: string): (url: URL) => Canned | undefined {
  const ago = (hours: number): string => new Date(Date.parse(now) - hours * HOUR_MS).toISOString();
  return ({ pathname }) => {
    switch (pathname) {
      case '/v1/definitions':
        return [200, { items: versions(ago) }];
      case '/v1/rebuild':
        return [200, { ...NOTHING_RUNS, generation: null, comparison: null }];
      case '/v1/trial':
        return [200, trial(ago)];
      case '/v1/conservation':
        return [200, conservation(ago)];
      case '/v1/parked':
        return [200, { items: parked, nextCursor: null }];
      case '/v1/rejected':
        return [200, { items: rejected(ago), nextCursor: null }];
      case '/v1/lost-history':
        return [200, { items: [lost(ago)] }];
      case '/v1/self-check':
        return [200, selfCheck];
      case '/v1/keys':
        return [200, { items: keys }];
      case '/v1/configuration':
        return [200, { items: settings }];
      case '/v1/journeys/order-19221/shares':
        return [200, { items: [share(ago)] }];
      case '/metrics':
        return [200, METRICS];
      default:
        return undefined;
    }
  };
}

type Ago = (hours: number) => string;

const NOTHING_RUNS = { state: 'none', startedAt: null, finishedAt: null, position: null, target: null, error: null };

const inForce = {
  type: 'order',
  title: 'Online order',
  expectation: 4,
  steps: ['order.placed', 'payment.approved', 'parcel.shipped', 'delivery.received'],
  completesOn: ['delivery.received'],
  touchpoints: {
    'payment.approved': { weight: 2, critical: true, expectation: 4.5 },
    'parcel.shipped': { targetMs: 172_800_000, believed: 4, standard: 4, promised: 4.5 },
    'delivery.received': { title: 'Delivery', weight: 3 },
    'order.gifted': {},
  },
  expects: [{ after: 'parcel.shipped', touchpoint: 'delivery.received', withinMs: 3 * 86_400_000 }],
  allow: [{ kind: 'repeated', touchpoint: 'parcel.shipped' }],
};

/** The order: one version waits, one is in force, one is past. */
function versions(ago: Ago): readonly object[] {
  const waiting = {
    ...inForce,
    touchpoints: { ...inForce.touchpoints, 'payment.approved': { weight: 4, critical: true } },
    expects: [
      ...inForce.expects,
      { after: 'order.placed', touchpoint: 'delivery.received', withinMs: 432_000_000, counts: false },
    ],
  };
  const version = (number: number, state: string, hours: number, definition: object) => ({
    type: 'order',
    version: number,
    state,
    putAt: ago(hours),
    definition,
  });
  return [
    version(3, 'waiting', 2, waiting),
    version(2, 'in-force', 700, inForce),
    version(1, 'past', 2000, { type: 'order', title: 'Old order' }),
  ];
}

const part = (score: number) => ({ expectation: 4, verdict: 'confirmed', score, weight: 2, share: 0.4, points: score });

function trial(ago: Ago): object {
  const generation = { position: '48213', moments: 47_900, parked: 2, cut: 0, events: 47_902, isWhole: true };
  const table = { before: 6675, after: 6675, onlyBefore: 0, onlyAfter: 0, differing: 120, leftOut: 0 };
  return {
    ...NOTHING_RUNS,
    state: 'done',
    phase: null,
    startedAt: ago(1.2),
    finishedAt: ago(1),
    report: {
      now: ago(1),
      comparison: {
        isSameMeasures: false,
        before: generation,
        after: generation,
        tables: { customers: table, journeys: table, promises: table, complaints: table, trustChanges: table },
        journeys: {
          compared: 6675,
          scoreChanged: 412,
          levelChanged: 96,
          statusChanged: 0,
          meanScoreBefore: 74.2,
          meanScoreAfter: 73.1,
        },
        customers: {
          compared: 4574,
          stageChanged: 1,
          satisfactionChanged: 390,
          loyaltyChanged: 3,
          quietlyLeavingBefore: 80,
          quietlyLeavingAfter: 81,
          meanSatisfactionBefore: 76,
          meanSatisfactionAfter: 75.4,
        },
      },
      changes: { definitions: ['order'], policy: [] },
      stages: [
        { before: 'cognitive', after: 'cognitive', customers: 2309 },
        { before: 'cognitive', after: 'none', customers: 1 },
      ],
      loyalty: [],
      levels: [{ before: 'satisfied', after: 'fairly-satisfied', journeys: 96 }],
      statuses: [],
      types: [
        {
          type: 'order',
          journeys: 6675,
          scoreChanged: 412,
          meanScoreBefore: 74.2,
          meanScoreAfter: 73.1,
          meanScoreChange: -1.1,
        },
      ],
      customers: [changedCustomer(ago)],
      journeys: [changedJourney(ago)],
      faults: [],
    },
  };
}

const changedJourney = (ago: Ago): object => ({
  id: 'order-19221',
  type: 'order',
  customerId: 'c-19221',
  scoreBefore: 41.02,
  scoreAfter: 30.2,
  levelBefore: 'slightly-dissatisfied',
  levelAfter: 'dissatisfied',
  statusBefore: 'open',
  statusAfter: 'open',
  why: {
    moments: [
      {
        eventId: 'e-1',
        source: '/shop',
        touchpoint: 'payment.approved',
        at: ago(189),
        before: part(70),
        after: part(42),
        points: -10.82,
      },
    ],
    moreMoments: 0,
    adjustments: [],
    limits: { capBefore: null, capAfter: null, points: 0 },
  },
});

const changedCustomer = (ago: Ago): object => ({
  id: 'maren.holm',
  stageBefore: 'cognitive',
  stageAfter: 'none',
  satisfactionBefore: 71.2,
  satisfactionAfter: 58.9,
  loyaltyBefore: 'true',
  loyaltyAfter: 'none',
  quietlyLeavingBefore: false,
  quietlyLeavingAfter: false,
  why: {
    at: ago(100),
    event: { eventId: 'e-1', source: '/shop', type: 'touchstone.moment.recorded.v1', touchpoint: 'payment.approved' },
    before: null,
    after: { from: 'cognitive', to: 'none', at: ago(100), because: 'satisfaction-low', satisfaction: 58.9 },
    missing: null,
  },
});

function conservation(ago: Ago): object {
  const row = (hours: number, source: string, accepted: number, parkedThen: number) => ({
    source,
    minute: ago(hours),
    accepted,
    cut: 0,
    stored: accepted,
    relayed: null,
    projected: accepted - parkedThen,
    parked: parkedThen,
    lag: 0,
    gap: 0,
    duplicates: 1,
    conflicts: 0,
    rejected: parkedThen,
  });
  const rows = [1, 2, 3, 4, 5, 6].flatMap((hours) => [
    row(hours, '/shop', 40 * hours, 0),
    row(hours, '/warehouse', 25, hours === 3 ? 2 : 0),
  ]);
  return {
    from: ago(7),
    to: ago(0),
    projected: '48213',
    relayed: null,
    balanced: true,
    totals: { accepted: 990, cut: 0, stored: 990, relayed: null, projected: 988, parked: 2, lag: 0, gap: 0 },
    rows,
    gaps: [],
  };
}

const parked = ['48100', '48101'].map((position) => ({
  position,
  customerId: 'maren.holm',
  eventId: `e-${position}`,
  source: '/warehouse',
  type: 'touchstone.moment.recorded.v1',
  error: 'The rating 7 lies beyond 1..5.',
}));

const rejected = (ago: Ago): readonly object[] => [
  {
    id: '17',
    code: 'invalid_event',
    errors: [{ path: 'data.outcome', message: 'must be succeeded, failed or abandoned' }],
    payload: '{"id":"e-9","data":{"outcome":"great"}}',
    eventId: 'e-9',
    source: '/warehouse',
    subject: 'maren.holm',
    origin: 'http:warehouse',
    rejectedAt: ago(3),
    resolvedAt: null,
  },
];

const lost = (ago: Ago): object => ({
  generation: 4,
  foundAt: ago(30),
  fork: '31000',
  events: 12,
  customers: 1,
  minutes: [{ minute: ago(31), source: '/shop', events: 12 }],
  customerIds: ['c-20931'],
});

const selfCheck = {
  ok: false,
  checks: [
    { name: 'variants and cases', left: 6675, right: 6675, ok: true },
    { name: 'node order.placed journeys', left: 6600, right: 6599, ok: false },
  ],
  journeys: [{ customerId: 'c-19221', journeyId: 'order-19221' }],
};

const share = (ago: Ago): object => ({
  id: 'Zm9ydHktdHdvLWJ5dGVzIQ',
  journeyId: 'order-19221',
  customerId: 'c-19221',
  madeAt: ago(5),
  expiresAt: ago(-700),
  by: 'service-desk',
  path: `shared/Zm9ydHktdHdvLWJ5dGVzIQ.${'x'.repeat(43)}`,
});

const keys = [
  { name: 'ops', scopes: ['admin'], sources: null },
  { name: 'warehouse', scopes: ['publish'], sources: ['/warehouse', '/returns'] },
];

const settings = [
  { name: 'HOST', value: '0.0.0.0' },
  { name: 'KAFKA_URL', value: 'kafka://***@kafka:9092' },
  { name: 'RATE_LIMIT', value: null },
];

const METRICS = `# HELP touchstone_audit_customers Customers whose rows were compared.
touchstone_audit_customers 1204
touchstone_audit_totals 31
touchstone_audit_differences 0
touchstone_relayed_position 48210
touchstone_lane_lag_messages{lane="0"} 0
touchstone_lane_lag_messages{lane="1"} 3
`;
