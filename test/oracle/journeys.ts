import {
  type Chronicle,
  completes,
  type Definitions,
  definitionOf,
  distinct,
  eventsIn,
  typeOfJourney,
} from './chronicle.ts';
import { complaintsIn, countsAsBroken, promisesIn } from './commitments.ts';
import { atLeast, epsilon, levelOf, own, scored } from './moment-score.ts';
import { nameOf, type PublishedEvent, timeOf } from './published-event.ts';

export const day = 86_400_000;

const confirmed = 70;
const peakEnd = 0.3;
const vetoCap = 0;
const defaultAbandonAfterDays = 30;

export interface JourneyMeasures {
  readonly id: string;
  readonly type: string;
  readonly status: 'open' | 'completed' | 'abandoned';
  readonly startedAt: number;
  readonly lastAt: number;
  readonly endedAt: number | null;
  readonly score: number | null;
  readonly level: string | null;
  readonly moments: number;
  readonly failures: number;
  readonly brokenPromises: number;
  readonly openComplaints: number;
  readonly shares: readonly Share[];
  /** Points of broken promises and open complaints, each at most 0. */
  readonly adjustments: { readonly brokenPromises: number; readonly openComplaints: number };
  readonly cap: number | null;
}

export interface Share {
  readonly eventId: string;
  readonly at: number;
  readonly expectation: number;
  readonly perception: number;
  readonly verdict: string;
  readonly score: number;
  readonly weight: number;
  readonly share: number;
}

export function journeyIdsIn(chronicle: Chronicle): string[] {
  return distinct(eventsIn(chronicle).map((event) => event.data.journeyId));
}

function eventsOf(chronicle: Chronicle, journeyId: string): PublishedEvent[] {
  return eventsIn(chronicle).filter((event) => event.data.journeyId === journeyId);
}

/** §4: the least time of its events, whatever their order in the log. */
export function startOf(chronicle: Chronicle, journeyId: string): number {
  return Math.min(...eventsOf(chronicle, journeyId).map(timeOf));
}

/** §4: the life of a journey, computed from everything that happened to it. */
export function lifeOf(chronicle: Chronicle, definitions: Definitions, journeyId: string) {
  const definition = definitionOf(chronicle, definitions, journeyId);
  const own = chronicle.filter(
    (entry) =>
      (entry.what === 'event' && entry.event.data.journeyId === journeyId) ||
      (entry.what === 'abandonment' && entry.journeyId === journeyId),
  );
  const completing = own.find((entry) => entry.what === 'event' && completes(entry.event, definition));
  const latest = own.at(-1)!;
  const lastAt = Math.max(...own.flatMap((entry) => (entry.what === 'event' ? [timeOf(entry.event)] : [])));
  const abandonsAt = lastAt + (definition?.abandonAfterDays ?? defaultAbandonAfterDays) * day;

  if (completing?.what === 'event') {
    return { status: 'completed' as const, endedAt: timeOf(completing.event), lastAt, abandonsAt };
  }
  // Any later event would have reopened the journey, so an abandonment counts only if it is the
  // last entry.
  if (latest.what === 'abandonment') return { status: 'abandoned' as const, endedAt: latest.at, lastAt, abandonsAt };
  if (latest.what === 'event' && nameOf(latest.event) === 'journey.abandoned') {
    return { status: 'abandoned' as const, endedAt: timeOf(latest.event), lastAt, abandonsAt };
  }
  return { status: 'open' as const, endedAt: null, lastAt, abandonsAt };
}

export interface StandingFailure {
  readonly journeyId: string;
  readonly touchpoint: string;
  readonly at: number;
  /** Index in the chronicle of its latest failure. */
  readonly lastIndex: number;
}

/** §4, the veto: failures at critical touchpoints after their last recovery. */
export function standingFailures(chronicle: Chronicle, definitions: Definitions, journeyId: string): StandingFailure[] {
  const definition = definitionOf(chronicle, definitions, journeyId);
  const critical = Object.keys(definition?.touchpoints ?? {}).filter(
    (touchpoint) => own(definition?.touchpoints, touchpoint)?.critical === true,
  );
  if (critical.length === 0) return [];
  const complaints = complaintsIn(chronicle);
  return critical.flatMap((touchpoint) => {
    const recovers = (event: PublishedEvent) =>
      event.data.journeyId === journeyId &&
      ((nameOf(event) === 'moment.recorded' &&
        event.data.outcome === 'succeeded' &&
        event.data.touchpoint === touchpoint) ||
        (nameOf(event) === 'recovery.made' &&
          event.data.accepted === true &&
          (event.data.touchpoint === undefined || event.data.touchpoint === touchpoint)));
    const byEvent = chronicle.findLastIndex((entry) => entry.what === 'event' && recovers(entry.event));
    const byComplaint = complaints
      .filter((complaint) => complaint.journeyId === journeyId && complaint.touchpoint === touchpoint)
      .filter((complaint) => complaint.satisfaction !== undefined && atLeast(complaint.satisfaction, 4))
      .map((complaint) => complaint.resolvedAtIndex ?? -1);
    const recoveredAtIndex = Math.max(byEvent, -1, ...byComplaint);
    const failures = chronicle.flatMap((entry, index) =>
      index > recoveredAtIndex &&
      entry.what === 'event' &&
      entry.event.data.journeyId === journeyId &&
      entry.event.data.touchpoint === touchpoint &&
      isFailedMoment(entry.event)
        ? [{ index, at: timeOf(entry.event) }]
        : [],
    );
    if (failures.length === 0) return [];
    const at = Math.max(...failures.map((failure) => failure.at));
    return [{ journeyId, touchpoint, at, lastIndex: failures.at(-1)!.index }];
  });
}

function isFailedMoment(event: PublishedEvent): boolean {
  return nameOf(event) === 'moment.recorded' && event.data.outcome === 'failed';
}

/** A moment that failed at a touchpoint that its journey's definition calls critical. */
export function isCriticalFailure(chronicle: Chronicle, definitions: Definitions, event: PublishedEvent): boolean {
  const definition = definitionOf(chronicle, definitions, event.data.journeyId);
  return isFailedMoment(event) && own(definition?.touchpoints, event.data.touchpoint!)?.critical === true;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Indexes of the peak and of the end among scored events in log order. */
function peakAndEnd(moments: readonly { readonly score: number; readonly at: number }[]): [number, number] {
  const farthest = Math.max(...moments.map(({ score }) => Math.abs(score - confirmed)));
  const peak = moments.findLastIndex(({ score }) => Math.abs(score - confirmed) >= farthest - epsilon);
  const latest = Math.max(...moments.map(({ at }) => at));
  const end = moments.findLastIndex(({ at }) => at === latest);
  return [peak, end];
}

export function measureJourney(chronicle: Chronicle, definitions: Definitions, journeyId: string): JourneyMeasures {
  const definition = definitionOf(chronicle, definitions, journeyId);
  const events = eventsOf(chronicle, journeyId);
  const { status, endedAt, lastAt } = lifeOf(chronicle, definitions, journeyId);
  const moments = events.filter((event) => nameOf(event) === 'moment.recorded');
  const brokenPromises = promisesIn(chronicle, definitions).filter(
    (promise) => promise.journeyId === journeyId && countsAsBroken(promise),
  ).length;
  const openComplaints = complaintsIn(chronicle).filter(
    (complaint) => complaint.journeyId === journeyId && complaint.isOpen,
  ).length;

  const scores = events.flatMap((event) => {
    const measured = scored(event, definition);
    return measured === undefined ? [] : [{ eventId: event.id, at: timeOf(event), ...measured }];
  });
  const adjustments = { brokenPromises: -10 * brokenPromises, openComplaints: -10 * openComplaints };
  const cap = standingFailures(chronicle, definitions, journeyId).length > 0 ? vetoCap : null;

  let score: number | null = null;
  let shares: Share[] = [];
  if (scores.length > 0) {
    const weights = sum(scores.map(({ weight }) => weight));
    const base = sum(scores.map(({ weight, score: s }) => weight * s)) / weights;
    const [peak, end] = peakAndEnd(scores);
    const blend = (1 - peakEnd) * base + (peakEnd * (scores[peak]!.score + scores[end]!.score)) / 2;
    score = Math.min(100, Math.max(0, blend - 10 * brokenPromises - 10 * openComplaints));
    if (cap !== null) score = Math.min(score, cap);
    shares = scores.map((moment, index) => ({
      ...moment,
      share:
        ((1 - peakEnd) * moment.weight) / weights +
        (index === peak ? peakEnd / 2 : 0) +
        (index === end ? peakEnd / 2 : 0),
    }));
  }
  return {
    id: journeyId,
    type: typeOfJourney(chronicle, journeyId)!,
    status,
    startedAt: startOf(chronicle, journeyId),
    lastAt,
    endedAt,
    score,
    level: levelOf(score),
    moments: moments.length,
    failures: moments.filter((event) => event.data.outcome !== 'succeeded').length,
    brokenPromises,
    openComplaints,
    shares,
    adjustments,
    cap,
  };
}
