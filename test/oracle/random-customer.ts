import fc from 'fast-check';
import type { Definition, EventData, Expected, PublishedEvent } from './published-event.ts';
import { type Happening, happenings, touchpoints, type When } from './random-happenings.ts';

const DAY = 86_400_000;
const START = Date.UTC(2023, 2, 1, 8);

const expected: fc.Arbitrary<Expected> = fc
  .record(
    {
      after: fc.constantFrom(...touchpoints),
      touchpoint: fc.constantFrom(...touchpoints),
      withinMs: fc.constantFrom(1, DAY / 2, 3 * DAY, 14 * DAY, 30 * DAY, 45 * DAY),
      counts: fc.boolean(),
    },
    { requiredKeys: ['after', 'touchpoint', 'withinMs'] },
  )
  .filter(({ after, touchpoint }) => after !== touchpoint);
const pairOf = ({ after, touchpoint }: Expected) => `${after} ${touchpoint}`;

/**
 * Two journey types are defined and two are not; each history gets newly drawn touchpoint
 * definitions.
 */
export const definitions: fc.Arbitrary<Record<string, Definition>> = fc
  .tuple(definitionFor('order'), definitionFor('claim'))
  .map((both) => Object.fromEntries(both.map((definition) => [definition.type, definition])));

function definitionFor(type: string): fc.Arbitrary<Definition> {
  return fc.record(
    {
      type: fc.constant(type),
      expectation: fc.constantFrom(1, 2, 3, 3.75, 4.5, 5),
      abandonAfterDays: fc.constantFrom(0.5, 3, 14, 45, 90),
      completesOn: fc.subarray([...touchpoints], { maxLength: 2 }),
      expects: fc.uniqueArray(expected, { selector: pairOf, maxLength: 4, size: 'max' }),
      touchpoints: fc.dictionary(
        fc.constantFrom(...touchpoints),
        fc.record(
          {
            weight: fc.constantFrom(0.001, 0.25, 2, 3, 1000),
            critical: fc.constantFrom(true, true, false),
            expectation: fc.constantFrom(1, 2.5, 4, 4.5, 5),
            targetMs: fc.constantFrom(1000, DAY),
          },
          { requiredKeys: [] },
        ),
        { minKeys: 2, maxKeys: 5, noNullPrototype: true },
      ),
    },
    { requiredKeys: ['type'] },
  ) as fc.Arbitrary<Definition>;
}

/** A customer's published events in log order, and instants of possible deadlines. */
export interface RandomCustomer {
  readonly events: readonly PublishedEvent[];
  readonly anchors: readonly number[];
}

/** Histories in which a source and id may repeat, with the same content or another event's. */
export function randomCustomer(most: number, customerId = 'c1'): fc.Arbitrary<RandomCustomer> {
  return happenings(most).map((happened) => tell(happened, customerId));
}

function tell(happened: readonly Happening[], customerId: string): RandomCustomer {
  const events: PublishedEvent[] = [];
  const anchors: number[] = [];
  const dueAts = new Map<string | undefined, number>();
  let clock = START;
  const timeOf = (moment: When): number => {
    if ('after' in moment) return Math.max(START - 90 * DAY, clock + moment.after);
    if ('next' in moment) {
      const next = anchors.filter((anchor) => anchor >= clock).sort((a, b) => a - b)[moment.next] ?? clock;
      return next + moment.offset;
    }
    const anchor = anchors.length === 0 ? clock : anchors[moment.anchor % anchors.length]!;
    return anchor + moment.offset;
  };
  happened.forEach(({ what, when, journey, repeats }, index) => {
    const due = dueAts.get((what.data as EventData).promiseId);
    const time = due !== undefined && what.beforeDue !== undefined ? due - what.beforeDue : timeOf(when);
    const data: Record<string, unknown> = { ...what.data };
    if (journey !== undefined) [data.journeyId, data.journeyType] = journey;
    if (what.dueIn !== undefined) {
      const dueAt = timeOf(what.dueIn);
      data.dueAt = new Date(dueAt).toISOString();
      anchors.push(dueAt);
      const id = (what.data as EventData).promiseId;
      if (!dueAts.has(id)) dueAts.set(id, dueAt);
    }
    const days = [0, 0.5, 3, 14, 30, 45, 90, 180, 365];
    anchors.push(...days.map((count) => time + count * DAY));
    clock = Math.max(clock, time);
    const earlier = repeats === undefined ? undefined : events[repeats % Math.max(1, events.length)];
    events.push({
      specversion: '1.0',
      id: earlier?.id ?? `e${index}`,
      source: earlier?.source ?? `/shop/${index % 2}`,
      type: `touchstone.${what.name}.v1`,
      time: new Date(time).toISOString(),
      subject: customerId,
      data: data as EventData,
    });
  });
  return { events, anchors };
}

/** Times to query: the end of the log, instants next to deadlines, and long after. */
export function nowsAfter({ events, anchors }: RandomCustomer, picks: readonly number[]): number[] {
  const last = Math.max(...events.map((event) => Date.parse(event.time)));
  const later = anchors.filter((anchor) => anchor >= last);
  return [last, last + 800 * DAY, ...picks.map((pick) => later[pick % later.length]! + (pick % 3) - 1)];
}
