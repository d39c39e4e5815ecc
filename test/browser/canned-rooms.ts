import { healthy, now } from './canned-answers.ts';
import { quality } from './canned-quality.ts';
import { type Ago, rate } from './canned-rate.ts';
import type { Answers, Canned } from './canned-system.ts';

const [DAY_MS, HOUR_MS] = [86_400_000, 3_600_000];

const ago: Ago = (days) => new Date(Date.parse(now) - days * DAY_MS).toISOString();

/** A healthy system whose rooms have something to show too. */
export const withRooms: Answers = (url, request, sent) =>
  touchpoints(url, ago) ?? quality(url, ago) ?? healthy(url, request, sent);

const PLACES = [
  ['delivery.received', 860, 0.13],
  ['payment.approved', 920, 0.03],
  ['support.call', 30, 0.2],
  ['parcel.shipped', 870, 0.015],
  ['order.placed', 940, 0.003],
  ['<b>return</b>.refunded', 6, 0.25],
] as const;

/** Rates by bucket: an outage of payments in the middle, and a touchpoint that is seldom met. */
function heat(asked: URLSearchParams, ago: Ago) {
  const stepMs = asked.get('bucket') === '1h' ? HOUR_MS : asked.get('bucket') === '1w' ? 7 * DAY_MS : DAY_MS;
  const end = Math.ceil(Date.parse(asked.get('to') ?? ago(0)) / stepMs) * stepMs;
  const begin = Math.floor(Date.parse(asked.get('from') ?? ago(60)) / stepMs) * stepMs;
  const starts = Array.from({ length: Math.round((end - begin) / stepMs) }, (_, at) => begin + at * stepMs);
  const only = asked.get('touchpoint');
  const rows = PLACES.filter(([touchpoint]) => only === null || only === touchpoint).flatMap(([touchpoint, n, part]) =>
    starts.map((start, at) => {
      const isOut = touchpoint === 'payment.approved' && at === Math.floor(starts.length / 2);
      const moments = n < 10 && at % 3 !== 0 ? 0 : Math.round(n * (0.8 + 0.4 * ((at * 7) % 5) * 0.2));
      const failures = Math.round(moments * (isOut ? 0.31 : part * (0.6 + 0.2 * ((at * 3) % 5))));
      const { k: _, n: __, ...interval } = rate(failures, moments);
      const bucket = new Date(start).toISOString();
      return { touchpoint, bucket, isOpen: start + stepMs > Date.parse(ago(0)), moments, failures, ...interval };
    }),
  );
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString(), rows };
}

function touchpoints(url: URL, ago: Ago): Canned | undefined {
  const asked = url.searchParams;
  switch (url.pathname) {
    case '/v1/touchpoints/failure-rates':
      return asked.has('bucket') ? [200, heat(asked, ago)] : undefined;
    case '/v1/objectives':
      return [200, { items: [objective(ago)] }];
    case '/v1/heartbeats':
      return [200, { items: heartbeats(ago) }];
    case '/v1/watches':
      return [200, { items: [watch(ago)] }];
    case '/v1/objectives/backtest':
      return [200, backtest(ago)];
    case '/v1/heartbeats/backtest':
      return [200, { alerts: [{ began: ago(3.2), ended: ago(3.1), last: ago(3.3) }], perWeek: 1, minutesFiring: 144 }];
    case '/v1/moments':
      return [200, { items: Array.from({ length: 12 }, (_, at) => moment(at, asked, ago)), nextCursor: null }];
    case '/v1/live':
      return [200, liveEvents(ago)];
    default:
      return undefined;
  }
}

const version = (name: string, ago: Ago) => ({ name, version: 1, putAt: ago(30), inForceFrom: ago(30) });

const objective = (ago: Ago) => ({
  ...version('payment', ago),
  objective: { touchpoint: 'payment.approved', objective: 0.98, windowDays: 28, minMoments: 10, minFailures: 5 },
  cannotFire: [{ rule: 'page-1h', firesFromObjective: 0.931 }],
  moments: 24_210,
  failures: 702,
  rate: 0.029,
  budget: 484.2,
  spent: 1.45,
  burnRates: [
    { rule: 'page-6h', long: 6.4, short: 8.1, holds: true },
    { rule: 'page-3d', long: 2.1, short: 3.4, holds: false },
    { rule: 'ticket-3d', long: 2.1, short: null, holds: false },
  ],
  firing: [{ alertId: 'burn-rate/payment/1/page/x', severity: 'page', began: ago(0.1) }],
});

const heartbeats = (ago: Ago) => [
  {
    ...version('orders', ago),
    heartbeat: {
      touchpoint: 'order.placed',
      silentAfter: 'PT2H',
      hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '20:00', timeZone: 'Europe/Berlin' },
    },
    state: 'alive',
    last: ago(0.002),
    firing: [],
  },
  {
    ...version('returns', ago),
    heartbeat: { touchpoint: 'return.refunded', silentAfter: 'P2D' },
    state: 'silent',
    last: ago(3),
    firing: [{ alertId: 'silence/returns/1/page/x', severity: 'page', began: ago(1) }],
  },
];

const watch = (ago: Ago) => ({
  ...version('preference', ago),
  watch: { stage: 'affective', within: 'P1D', atLeast: 20, rate: 0.02 },
  left: 7,
  members: 871,
  firing: [],
});

const backtest = (ago: Ago) => ({
  alerts: [
    { severity: 'page', began: ago(3.4), ended: ago(3.1), because: ['page-1h', 'page-6h'], moments: 40, failures: 12 },
    { severity: 'ticket', began: ago(3.4), ended: ago(1), because: ['ticket-3d'], moments: 2780, failures: 131 },
  ],
  perWeek: 2,
  minutesFiring: { page: 432, ticket: 3456 },
  budgetSpent: 1.31,
});

function moment(at: number, asked: URLSearchParams, ago: Ago) {
  const [touchpoint] = PLACES[at % PLACES.length] ?? PLACES[0];
  const hasFailed = asked.get('failed') === 'true';
  return {
    position: String(18_000 - at),
    time: ago(at / 7),
    eventId: `e-${at}`,
    source: '/shop',
    type: 'touchstone.moment.recorded.v1',
    customerId: at === 3 ? 'ines-alvarez-de-la-fuente' : `c-${20_931 + at}`,
    journeyId: at === 5 ? null : `order-${20_931 + at}`,
    journeyType: at === 5 ? null : 'order',
    touchpoint: asked.get('touchpoint') ?? touchpoint,
    channel: ['web', 'app', null][at % 3] ?? null,
    outcome: hasFailed ? 'failed' : 'succeeded',
    cause: hasFailed ? 'system' : null,
    verdict: hasFailed ? 'failed' : 'confirmed',
    score: hasFailed ? 12.4 : 70,
    durationMs: null,
    team: at % 2 === 0 ? 'north' : null,
    site: null,
  };
}

/** Events of a stream; one of them cannot be measured, and one has a name that would do harm. */
function liveEvents(ago: Ago): string {
  const event = (at: number, touchpoint: string, did: object | null) =>
    `id: ${at}\ndata: ${JSON.stringify({
      position: String(at),
      recordedAt: ago(0),
      customerId: `c-${at}`,
      did,
      event: {
        specversion: '1.0',
        type: 'touchstone.moment.recorded.v1',
        data: { journeyId: `order-${at}`, touchpoint, outcome: at % 2 === 0 ? 'failed' : 'succeeded' },
      },
    })}\n\n`;
  const did = {
    journeyType: 'order',
    verdict: 'failed',
    score: 12,
    scoreBefore: 81,
    scoreAfter: 55,
    stageChanges: [{ from: 'cognitive', to: 'none', at: ago(0), because: 'critical-failure' }],
  };
  return [
    event(1, 'order.placed', { ...did, verdict: null, scoreAfter: null, stageChanges: [] }),
    event(2, 'payment.approved', did),
    event(3, '<img src=x onerror=alert(1)>', null),
    'data: not JSON\n\n',
  ].join('');
}
