import type { Chronicle, Definitions, Entry, Move, Stage } from './chronicle.ts';
import { type Commitment, type Complaint, complaintsIn, promisesIn } from './commitments.ts';
import { day, type JourneyMeasures, journeyIdsIn, lifeOf, measureJourney } from './journeys.ts';
import { nameOf, type PublishedEvent, timeOf, withoutRepeats } from './published-event.ts';
import { mostLiteral, type Readings } from './readings.ts';
import {
  carriedBy,
  isEarned,
  isQuietlyLeaving,
  lossOf,
  loyaltyOf,
  movesIn,
  stageAbove,
  stageBelow,
  stageOf,
} from './trust.ts';

/** A customer's figures, times in milliseconds since 1970. */
export interface CustomerMeasures {
  readonly stage: Stage;
  /** Time of entering the stage; `null` while the customer has never moved. */
  readonly since: number | null;
  readonly satisfaction: number | null;
  readonly satisfiedMoments: number;
  readonly delights: number;
  readonly purchases: number;
  readonly loyalty: string;
  readonly quietlyLeaving: boolean;
  readonly history: readonly Move[];
  readonly journeys: ReadonlyMap<string, JourneyMeasures>;
  readonly promises: readonly Commitment[];
  readonly complaints: readonly Complaint[];
}

/** A customer's chronicle and the time that their own clock has reached. */
interface Course {
  readonly chronicle: Chronicle;
  readonly clock: number;
}

interface Deadline {
  readonly at: number;
  readonly kind: 0 | 1 | 2 | 3;
  readonly id: string;
  readonly isExpected?: boolean;
}

/**
 * A second, independent implementation of the measurement: slow and plain, to check the product's
 * fold against the text. `events` are the published events of ONE customer in log order.
 */
export function courseOf(
  events: readonly PublishedEvent[],
  definitions: Definitions,
  readings: Readings = mostLiteral,
): Course {
  let course: Course = { chronicle: [], clock: -Infinity };
  for (const event of withoutRepeats(events)) {
    course = settled(course, timeOf(event), definitions, readings);
    const before = carriedBy(course.chronicle, definitions, readings);
    course = { ...course, chronicle: [...course.chronicle, { what: 'event', event }] };
    const { stage } = stageOf(course.chronicle);
    if (nameOf(event) === 'relationship.ended' && stage !== 'none') {
      course = moved(course, 'none', 'relationship-ended', before.satisfaction!);
    }
    course = evaluatedAfterEvent(course, definitions, readings);
  }
  return course;
}

/** All figures of the measurement for a customer with this course, settled to `now`. */
export function measuresAt(
  course: Course,
  definitions: Definitions,
  now: number,
  readings: Readings = mostLiteral,
): CustomerMeasures {
  const { chronicle, clock } = settled(course, now, definitions, readings);
  const { stage, since } = stageOf(chronicle);
  const carried = carriedBy(chronicle, definitions, readings);
  return {
    stage,
    since: since ?? null,
    satisfaction: carried.satisfaction ?? null,
    satisfiedMoments: carried.satisfiedMoments,
    delights: carried.delights,
    purchases: carried.purchases.length,
    loyalty: loyaltyOf(carried, clock),
    quietlyLeaving: isQuietlyLeaving(chronicle, carried, clock),
    history: movesIn(chronicle),
    journeys: new Map(journeyIdsIn(chronicle).map((id) => [id, measureJourney(chronicle, definitions, id)])),
    promises: promisesIn(chronicle, definitions),
    complaints: complaintsIn(chronicle),
  };
}

export function measure(
  events: readonly PublishedEvent[],
  definitions: Definitions,
  now: number,
  readings: Readings = mostLiteral,
): CustomerMeasures {
  return measuresAt(courseOf(events, definitions, readings), definitions, now, readings);
}

/**
 * api.md: the fold of the events whose time is ≤ asOf, settled to asOf. `undefined` if nothing had
 * happened by then.
 */
export function measureAsOf(
  events: readonly PublishedEvent[],
  definitions: Definitions,
  asOf: number,
  readings: Readings = mostLiteral,
): CustomerMeasures | undefined {
  const known = withoutRepeats(events).filter((event) => timeOf(event) <= asOf);
  return known.length === 0 ? undefined : measure(known, definitions, asOf, readings);
}

/** §7: applies the deadlines strictly before T in order; then the clock is T. */
function settled(from: Course, t: number, definitions: Definitions, readings: Readings): Course {
  const T = Math.max(from.clock, t);
  let course = from;
  for (;;) {
    const [first] = deadlines(course.chronicle, definitions, readings)
      .filter((deadline) => deadline.at < T)
      .sort(inOrder);
    if (first === undefined) return { ...course, clock: T };
    const fallenDue = entryFor(first);
    course = {
      clock: Math.max(course.clock, first.at),
      chronicle: fallenDue === undefined ? course.chronicle : [...course.chronicle, fallenDue],
    };
    const loss = lossOf(course.chronicle, definitions, course.clock, readings);
    if (loss === undefined) continue;
    const { satisfaction } = carriedBy(course.chronicle, definitions, readings);
    course = moved(course, stageBelow(stageOf(course.chronicle).stage), loss, satisfaction!);
  }
}

function inOrder(a: Deadline, b: Deadline): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return a.kind - b.kind;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function entryFor(deadline: Deadline): Entry | undefined {
  if (deadline.kind === 0) {
    return { what: 'breach', promiseId: deadline.id, isExpected: deadline.isExpected === true };
  }
  if (deadline.kind === 2) return { what: 'abandonment', journeyId: deadline.id, at: deadline.at };
  return undefined;
}

function deadlines(chronicle: Chronicle, definitions: Definitions, readings: Readings): Deadline[] {
  const { stage, since } = stageOf(chronicle);
  const due = promisesIn(chronicle, definitions)
    .filter((promise) => promise.state === 'open')
    .map(({ dueAt: at, id, isExpected }): Deadline => ({ at, kind: 0, id, isExpected }));
  const complaints =
    stage === 'affective'
      ? complaintsIn(chronicle)
          .filter((complaint) => complaint.isOpen)
          .map((complaint): Deadline => {
            return { at: Math.max(complaint.raisedAt + 14 * day, since!), kind: 1, id: complaint.id };
          })
      : [];
  const abandonments = journeyIdsIn(chronicle).flatMap((id): Deadline[] => {
    const life = lifeOf(chronicle, definitions, id);
    return life.status === 'open' ? [{ at: life.abandonsAt, kind: 2, id }] : [];
  });
  return [...due, ...complaints, ...abandonments, ...stageDeadline(chronicle, definitions, readings)];
}

function stageDeadline(chronicle: Chronicle, definitions: Definitions, readings: Readings): Deadline[] {
  const { stage, since } = stageOf(chronicle);
  if (stage === 'none') return [];
  const { lastMoment, purchases } = carriedBy(chronicle, definitions, readings);
  const idleSince = Math.max(lastMoment!, since!);
  if (stage === 'cognitive') return [{ at: idleSince + 180 * day, kind: 3, id: '' }];
  if (stage === 'affective') return [{ at: idleSince + 365 * day, kind: 3, id: '' }];
  return [{ at: Math.max(purchases.at(-1)!, since!) + 365 * day, kind: 3, id: '' }];
}

function evaluatedAfterEvent(course: Course, definitions: Definitions, readings: Readings): Course {
  const { chronicle, clock } = course;
  const { stage } = stageOf(chronicle);
  const loss = lossOf(chronicle, definitions, clock, readings);
  const { satisfaction } = carriedBy(chronicle, definitions, readings);
  if (loss !== undefined) return moved(course, stageBelow(stage), loss, satisfaction!);
  const above = stageAbove(stage);
  if (above !== undefined && isEarned(chronicle, definitions, clock, readings))
    return moved(course, above, 'earned', satisfaction!);
  return course;
}

/** `satisfaction`: S at the time when the move was found due. */
function moved(course: Course, to: Stage, because: string, satisfaction: number): Course {
  const { stage: from } = stageOf(course.chronicle);
  const move: Move = { from, to, at: course.clock, because, satisfaction };
  return { ...course, chronicle: [...course.chronicle, { what: 'move', move }] };
}
