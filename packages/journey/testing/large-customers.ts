import { DAY_MS, formatInstant, type JourneyEvent } from '../src/index.ts';

/**
 * Customers with so much of one thing that code which scans all of it each time stands out.
 * Touchpoints are those of the `shop`.
 */

const START = Date.UTC(2024, 0, 1);
const CUSTOMER = 'c1';

interface Happening {
  readonly name: string;
  /** ms since the start. */
  readonly at: number;
  readonly data?: object;
}

function eventsOf(happenings: readonly Happening[]): JourneyEvent[] {
  return happenings.map(({ name, at, data = {} }, index) => {
    const type = `touchstone.${name}.v1`;
    return { id: `e${index}`, source: '/large', type, customerId: CUSTOMER, time: START + at, data } as JourneyEvent;
  });
}

const times = <Value>(n: number, of: (i: number) => Value): Value[] => Array.from({ length: n }, (_, i) => of(i));
const SECOND = 1000;

const delight = (at: number, data: object = {}): Happening => ({
  name: 'moment.recorded',
  at,
  data: { touchpoint: 'desk.asked', channel: 'web', outcome: 'succeeded', perception: 5, ...data },
});
const ofJourney = (i: number) => ({ journeyId: `j${i}`, journeyType: 'order' });
const purchase = (at: number): Happening => ({ name: 'purchase.made', at, data: { amount: 1, currency: 'EUR' } });
const made = (i: number, at: number, dueAt: number): Happening => ({
  name: 'promise.made',
  at,
  data: { promiseId: `p${i}`, dueAt: formatInstant(START + dueAt) },
});
const kept = (i: number, at: number): Happening => ({ name: 'promise.kept', at, data: { promiseId: `p${i}` } });
const raised = (i: number, at: number): Happening => ({
  name: 'complaint.raised',
  at,
  data: { complaintId: `k${i}` },
});
const resolved = (i: number, at: number): Happening => ({
  name: 'complaint.resolved',
  at,
  data: { complaintId: `k${i}` },
});
const failure = (i: number, at: number): Happening =>
  delight(at, { ...ofJourney(i), touchpoint: 'payment.approved', outcome: 'failed', perception: 1 });

/**
 * Events of a customer who trusts enough for complaints to have deadlines: affective from day 31
 * on.
 */
const TRUSTING = times(8, (i) => delight(i * 5 * DAY_MS));
const FROM = 36 * DAY_MS;

/** Each function makes the events of a customer with `n` of the things that its name says. */
export const largeCustomers: Readonly<Record<string, (n: number) => JourneyEvent[]>> = {
  'promises due one by one': (n) => eventsOf(times(n, (i) => made(i, i, DAY_MS + i * SECOND))),
  'promises due in the order opposite to that of making': (n) =>
    eventsOf(times(n, (i) => made(i, i, DAY_MS + (n - i) * SECOND))),
  'promises kept in turn': (n) =>
    eventsOf([
      ...times(n, (i) => made(i, i * SECOND, 400 * DAY_MS + i * SECOND)),
      ...times(n, (i) => kept(i, (n + i) * SECOND)),
    ]),
  'promises broken, of which late news says that they were kept': (n) =>
    eventsOf([
      ...times(n, (i) => made(i, i, DAY_MS + i)),
      delight(2 * DAY_MS),
      ...times(n, (i) => kept(n - 1 - i, DAY_MS)),
    ]),
  'open journeys, abandoned one by one': (n) => eventsOf(times(n, (i) => delight(i * SECOND, ofJourney(i)))),
  'journeys that all go on for a year': (n) =>
    eventsOf(times(n, (i) => delight((i * 400 * DAY_MS) / n, ofJourney(i % Math.ceil(n / 20))))),
  'one journey, abandoned and reopened': (n) =>
    eventsOf(
      times(n, (i) =>
        i % 2 === 0
          ? delight(i * SECOND, ofJourney(0))
          : { name: 'journey.abandoned', at: i * SECOND, data: ofJourney(0) },
      ),
    ),
  'journeys with a standing failure': (n) => eventsOf(times(n, (i) => failure(i, i * SECOND))),
  'open complaints': (n) => eventsOf([...TRUSTING, ...times(n, (i) => raised(i, FROM + i * SECOND))]),
  'complaints resolved in turn': (n) =>
    eventsOf([
      ...TRUSTING,
      ...times(n, (i) => raised(i, FROM + i * SECOND)),
      ...times(n, (i) => resolved(i, FROM + (n + i) * SECOND)),
    ]),
  'moments in reverse order': (n) => eventsOf(times(n, (i) => delight((n - i) * SECOND))),
  'purchases in reverse order': (n) => eventsOf(times(n, (i) => purchase((n - i) * SECOND))),
  'moments of one journey': (n) => eventsOf(times(n, (i) => delight(i * SECOND, ofJourney(0)))),
};
