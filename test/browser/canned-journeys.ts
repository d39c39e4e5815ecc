import { rate } from './canned-rate.ts';
import type { Canned } from './canned-system.ts';

const HOUR_MS = 3_600_000;

/** Reached, gone on, still open; the others were lost. */
const STEPS = [
  ['order.placed', 6612, 6304, 122, 78.2],
  ['payment.approved', 6304, 6012, 201, 74.1],
  ['parcel.shipped', 6012, 5320, 512, 71.6],
  ['delivery.received', 5320, 5320, 0, 69.8],
] as const;

const funnel = {
  groups: [
    {
      value: null,
      steps: STEPS.map(([touchpoint, journeys, converted, open, meanScore], index) => ({
        touchpoint,
        journeys,
        converted,
        open,
        dropped: journeys - converted - open,
        conversion: index === 3 ? null : rate(converted, journeys - open),
        share: journeys / 6612,
        medianMsFromPrevious: index === 0 ? null : index * 7 * HOUR_MS,
        meanScore,
      })),
    },
  ],
};

const node = (label: string, journeys: number, failures: number, meanScore: number) => ({
  label,
  count: journeys + failures,
  journeys,
  failures,
  meanScore,
});
const edge = (from: string, to: string, journeys: number, hours: number | null) => ({
  from,
  to,
  count: journeys,
  journeys,
  medianMs: hours === null ? null : hours * HOUR_MS,
});

const paths = {
  cases: 6612,
  nodes: [
    node('order.placed', 6612, 20, 81.2),
    node('payment.approved', 6304, 154, 76.9),
    node('parcel.shipped', 6012, 98, 69.1),
    node('delivery.received', 5320, 812, 38.4),
    node('support.call', 211, 44, 58.7),
    node('(other)', 96, 11, 62.3),
  ],
  edges: [
    edge('(start)', 'order.placed', 6612, null),
    edge('order.placed', 'payment.approved', 6304, 0.02),
    edge('payment.approved', 'parcel.shipped', 5990, 26),
    edge('parcel.shipped', 'delivery.received', 5310, 50),
    edge('delivery.received', '(end)', 5210, null),
    edge('parcel.shipped', '(open)', 512, null),
    edge('payment.approved', 'support.call', 201, 9),
    edge('payment.approved', '(open)', 190, null),
    edge('payment.approved', 'payment.approved', 154, 0.2),
    edge('support.call', 'payment.approved', 121, 5),
    edge('order.placed', '(end)', 186, null),
    edge('delivery.received', '(other)', 96, 72),
    edge('(other)', '(end)', 96, null),
  ],
};

const WAYS: readonly (readonly [count: number, score: number, labels: readonly string[]])[] = [
  [4803, 74.9, ['order.placed', 'payment.approved', 'parcel.shipped', 'delivery.received']],
  [512, 70.1, ['order.placed', 'payment.approved', 'parcel.shipped']],
  [154, 41.2, ['order.placed', 'payment.approved', 'payment.approved', 'parcel.shipped', 'delivery.received']],
  [121, 38.3, ['order.placed', 'payment.approved', 'support.call', 'payment.approved', 'parcel.shipped']],
  [9, 12.1, [...Array.from({ length: 7 }, () => ['support.call', '<b>"quoted"</b> 😀']).flat(), '']],
];
const variants = {
  cases: 6612,
  variants: 17,
  items: WAYS.map(([count, meanScore, labels], index) => ({
    variant: `000000000000000${index}`,
    labels,
    length: labels.length + (index === 4 ? 40 : 0),
    count,
    share: count / 6612,
    medianMs: (index + 1) * 30 * HOUR_MS,
    meanScore,
    failures: index === 0 ? 211 : Math.round(count / 3),
    ended: count - index * 2,
    conforming: index === 0 ? count : index === 4 ? null : 0,
  })),
  nextCursor: 'x',
};

const deviation = (kind: string, touchpoint: string, cases: number, difference: number) => ({
  kind,
  touchpoint,
  cases,
  share: cases / 5972,
  with: { medianMs: 110 * HOUR_MS, meanScore: 71 + difference },
  without: { medianMs: 77 * HOUR_MS, meanScore: 71 },
  effect: { difference, low: difference - 2, high: difference + 2, p: 0.001 },
});
const conformance = {
  cases: 5972,
  open: 640,
  conforming: rate(4803, 5972),
  deviations: [
    deviation('missing', 'delivery.received', 431, -31.2),
    deviation('unexpected', 'support.call', 211, -19.8),
    deviation('repeated', 'payment.approved', 154, -24.9),
    deviation('out-of-order', 'parcel.shipped', 12, 1.1),
  ],
};

const durations = (edgesMs: readonly number[]) => ({
  groups: [
    {
      value: null,
      cases: 6304,
      arrived: 5320,
      open: 713,
      never: 271,
      meanMs: 51 * HOUR_MS,
      quantilesMs: { p10: 22, p25: 34, p50: 48, p75: 61, p90: 80, p99: 118 } as Record<string, number>,
      medianMsWithOpen: 52 * HOUR_MS,
      histogram: edgesMs.map((toMs, index) => ({
        fromMs: edgesMs[index - 1] ?? 0,
        toMs: index === edgesMs.length - 1 ? null : toMs,
        cases: Math.round(1400 * Math.exp(-((index - 4) ** 2) / 6)),
      })),
    },
  ].map((group) => ({
    ...group,
    quantilesMs: Object.fromEntries(Object.entries(group.quantilesMs).map(([name, hours]) => [name, hours * HOUR_MS])),
  })),
});

const EDGES = Array.from({ length: 10 }, (_, index) => (index + 1) * 12 * HOUR_MS);

/** Answers to the questions about many journeys; undefined for any other. */
export function journeyQuestions({ pathname }: URL, listed: readonly object[]): Canned | undefined {
  if (/^\/v1\/analytics\/\w+\/journeys$/.test(pathname)) return [200, { items: listed, nextCursor: null }];
  switch (pathname) {
    case '/v1/analytics/funnel':
      return [200, funnel];
    case '/v1/analytics/paths':
      return [200, paths];
    case '/v1/analytics/variants':
      return [200, variants];
    case '/v1/analytics/conformance':
      return [200, conformance];
    case '/v1/analytics/durations':
      return [200, durations(EDGES)];
    default:
      return undefined;
  }
}

/** Paths of as many touchpoints as there may be, forwards and back, with names of any kind. */
export function largePaths(touchpoints: number): Canned {
  const name = (index: number): string =>
    index % 9 === 4 ? `"${index}" <b>😀</b> ${'x'.repeat(500)}` : `step.${index}`;
  const nodes = Array.from({ length: touchpoints }, (_, index) =>
    node(name(index), 5000 - index, index % 7, 30 + (index % 70)),
  );
  const edges = nodes.flatMap((_, index) =>
    [1, 2, 5, -3].flatMap((offset) => {
      const to = index + offset;
      return to < 0 || to >= touchpoints
        ? []
        : [edge(name(index), name(to), 4000 - index * 3 - offset * offset * 40, 2)];
    }),
  );
  const first = edge('(start)', name(0), 5000, null);
  const last = edge(name(touchpoints - 1), '(end)', 5000, null);
  const sorted = [first, ...edges, last].map((each) => ({ ...each, journeys: Math.max(1, each.journeys) }));
  return [200, { cases: 5000, nodes, edges: sorted.sort((a, b) => b.journeys - a.journeys) }];
}
