import { type Chronicle, type Definitions, definitionOf, type Move, once, type Stage } from './chronicle.ts';
import { complaintsIn, countsAsBroken, promisesIn } from './commitments.ts';
import { day, isCriticalFailure, journeyIdsIn, standingFailures, startOf } from './journeys.ts';
import { atLeast, below, type Scored, scored } from './moment-score.ts';
import { nameOf, timeOf } from './published-event.ts';
import type { Readings } from './readings.ts';

const ladder: readonly Stage[] = ['none', 'cognitive', 'affective', 'behavioural'];

export function stageAbove(stage: Stage): Stage | undefined {
  return ladder[ladder.indexOf(stage) + 1];
}

export function stageBelow(stage: Stage): Stage {
  return ladder[ladder.indexOf(stage) - 1]!;
}

export const movesIn = once((chronicle): Move[] =>
  chronicle.flatMap((entry) => (entry.what === 'move' ? [entry.move] : [])),
);

export function stageOf(chronicle: Chronicle): { stage: Stage; since: number | undefined } {
  const last = movesIn(chronicle).at(-1);
  return { stage: last?.to ?? 'none', since: last?.at };
}

/** The facts that §6 carries, computed from everything since the relationship last ended. */
export interface Carried {
  readonly satisfaction: number | undefined;
  readonly satisfiedMoments: number;
  readonly streak: number;
  readonly streakStart: number | undefined;
  readonly delights: number;
  readonly lastMoment: number | undefined;
  readonly purchases: readonly number[];
  readonly incidents: readonly number[];
  /** Times of the recorded moments without a journey. */
  readonly momentsAlone: readonly number[];
}

type Step = { readonly index: number } & (
  | { readonly what: 'scored'; readonly at: number; readonly measured: Scored }
  | { readonly what: 'idle' }
);

export function carriedBy(chronicle: Chronicle, definitions: Definitions, readings: Readings): Carried {
  const start = lastEnd(chronicle, readings);
  const steps = scoredSteps(chronicle, definitions).filter((step) => step.index > start);
  const scores = steps.filter((step) => step.what === 'scored');
  const events = chronicle.slice(start + 1).flatMap((entry) => (entry.what === 'event' ? [entry.event] : []));

  let satisfaction: number | undefined;
  for (const { measured } of scores) {
    satisfaction = satisfaction === undefined ? measured.score : satisfaction + 0.3 * (measured.score - satisfaction);
  }

  const streakBrokenAt = steps.findLastIndex(
    (step) => step.what === 'idle' || (step.what === 'scored' && below(step.measured.score, 70)),
  );
  const streak = steps.slice(streakBrokenAt + 1).filter((step) => step.what === 'scored');

  const delights =
    scores.filter(({ measured }) => measured.verdict === 'exceeded').length +
    events.filter((event) => nameOf(event) === 'referral.made').length +
    events.filter(
      (event) =>
        nameOf(event) === 'feedback.given' && event.data.instrument === 'nps' && atLeast(event.data.score as number, 9),
    ).length;

  const times = scores.map(({ at }) => at);
  return {
    satisfaction,
    satisfiedMoments: scores.filter(({ measured }) => atLeast(measured.score, 70)).length,
    streak: streak.length,
    streakStart: streak[0]?.at,
    delights,
    lastMoment: greatest(times),
    purchases: events
      .filter((event) => nameOf(event) === 'purchase.made')
      .map(timeOf)
      .sort(ascending),
    incidents: incidentsIn(chronicle, definitions, start),
    momentsAlone: events
      .filter((event) => nameOf(event) === 'moment.recorded' && event.data.journeyId === undefined)
      .map(timeOf),
  };
}

const ascending = (a: number, b: number) => a - b;

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

/**
 * Index of the relationship's last end, which clears everything before it. −1 if it never ended.
 */
function lastEnd(chronicle: Chronicle, readings: Readings): number {
  return chronicle.findLastIndex(
    (entry, index) =>
      entry.what === 'event' &&
      nameOf(entry.event) === 'relationship.ended' &&
      (readings.endedRelationshipClearsAtNone || stageOf(chronicle.slice(0, index)).stage !== 'none'),
  );
}

function scoredSteps(chronicle: Chronicle, definitions: Definitions): Step[] {
  return chronicle.flatMap((entry, index): Step[] => {
    if (entry.what === 'move' && entry.move.because === 'idle') return [{ index, what: 'idle' }];
    if (entry.what !== 'event') return [];
    const { event } = entry;
    const measured = scored(event, definitionOf(chronicle, definitions, event.data.journeyId));
    if (measured === undefined) return [];
    return [{ index, what: 'scored', at: timeOf(event), measured }];
  });
}

function incidentsIn(chronicle: Chronicle, definitions: Definitions, start: number): number[] {
  const breaches = promisesIn(chronicle, definitions)
    .filter((promise) => countsAsBroken(promise) && (promise.breachedAtIndex ?? -1) > start)
    .map((promise) => promise.dueAt);
  const criticalFailures = chronicle
    .slice(start + 1)
    .flatMap((entry) =>
      entry.what === 'event' && isCriticalFailure(chronicle, definitions, entry.event) ? [timeOf(entry.event)] : [],
    );
  const complaints = complaintsIn(chronicle)
    .filter((complaint) => complaint.raisedAtIndex > start)
    .map((complaint) => complaint.raisedAt);
  return [...breaches, ...criticalFailures, ...complaints];
}

/** The questions of §6's table about one customer at one time of their own clock. */
function questions(chronicle: Chronicle, definitions: Definitions, clock: number, readings: Readings) {
  const carried = carriedBy(chronicle, definitions, readings);
  const { since } = stageOf(chronicle);
  const openComplaints = complaintsIn(chronicle).filter((complaint) => complaint.isOpen);
  const latestOf = (time: number | undefined) => Math.max(time ?? -Infinity, since ?? -Infinity);
  const start = lastEnd(chronicle, readings);
  return {
    carried,
    S: carried.satisfaction,
    noComplaintOpen: openComplaints.length === 0,
    complaintOpenForDays: (days: number) =>
      openComplaints.some((complaint) => clock - complaint.raisedAt >= days * day),
    idleForDays: (days: number) => clock - latestOf(carried.lastMoment) >= days * day,
    withoutPurchaseForDays: (days: number) => clock - latestOf(carried.purchases.at(-1)) >= days * day,
    incidentsIn90Days: carried.incidents.filter((at) => clock - 90 * day < at && at <= clock).length,
    criticalFailureStands: journeyIdsIn(chronicle).some((journeyId) =>
      standingFailures(chronicle, definitions, journeyId).some(
        (failure) =>
          clock - failure.at < 90 * day &&
          (readings.endedRelationshipKeepsCriticalFailures || failure.lastIndex > start),
      ),
    ),
  };
}

/** The reason for which the customer loses the stage at this time, or `undefined`. */
export function lossOf(
  chronicle: Chronicle,
  definitions: Definitions,
  clock: number,
  readings: Readings,
): string | undefined {
  const { stage } = stageOf(chronicle);
  if (stage === 'none') return undefined;
  const ask = questions(chronicle, definitions, clock, readings);
  if (stage === 'cognitive') {
    if (ask.criticalFailureStands) return 'critical-failure';
    if (below(ask.S!, 60)) return 'satisfaction-low';
    if (ask.idleForDays(180)) return 'idle';
  } else if (stage === 'affective') {
    if (below(ask.S!, 65)) return 'satisfaction-low';
    if (ask.complaintOpenForDays(14)) return 'complaint-open';
    if (ask.idleForDays(365)) return 'idle';
  } else {
    if (below(ask.S!, 60)) return 'satisfaction-low';
    if (ask.incidentsIn90Days >= 2) return 'incidents';
    if (ask.withoutPurchaseForDays(365)) return 'no-purchase';
  }
  return undefined;
}

/** Whether the customer earns the next stage at this time. */
export function isEarned(chronicle: Chronicle, definitions: Definitions, clock: number, readings: Readings): boolean {
  const { stage } = stageOf(chronicle);
  const ask = questions(chronicle, definitions, clock, readings);
  const { carried, S } = ask;
  if (S === undefined || ask.criticalFailureStands) return false;
  switch (stageAbove(stage)) {
    case 'cognitive':
      return atLeast(S, 70) && carried.satisfiedMoments >= 3 && carried.streak >= 2;
    case 'affective':
      return (
        atLeast(S, 75) &&
        carried.satisfiedMoments >= 6 &&
        carried.streak > 0 &&
        clock - carried.streakStart! >= 30 * day &&
        carried.delights >= 2 &&
        ask.noComplaintOpen
      );
    case 'behavioural': {
      const first = carried.purchases[0];
      const last = carried.purchases.at(-1);
      return (
        atLeast(S, 75) &&
        carried.purchases.length >= 3 &&
        last! - first! >= 90 * day &&
        clock - last! < 365 * day &&
        ask.incidentsIn90Days < 2 &&
        ask.noComplaintOpen
      );
    }
    default:
      return false;
  }
}

export function loyaltyOf(carried: Carried, now: number): 'true' | 'latent' | 'spurious' | 'none' {
  const attitude =
    carried.satisfaction !== undefined && atLeast(carried.satisfaction, 75) && carried.satisfiedMoments >= 3;
  const behaviour = carried.purchases.filter((at) => now - at < 365 * day).length >= 2;
  if (attitude) return behaviour ? 'true' : 'latent';
  return behaviour ? 'spurious' : 'none';
}

export function isQuietlyLeaving(chronicle: Chronicle, carried: Carried, now: number): boolean {
  if (carried.satisfaction === undefined || below(carried.satisfaction, 70)) return false;
  const silence = now - Math.max(carried.lastMoment!, ...carried.purchases);
  const visits = visitsIn(chronicle, carried);
  if (visits.length < 4) return silence > 180 * day;
  const rhythm = median(visits.slice(1).map((at, index) => at - visits[index]!));
  return silence > Math.max(2 * rhythm, 30 * day);
}

/**
 * §6: starts of journeys, even before the relationship ended, and moments without a journey since
 * then; one that comes within a day of a visit belongs to that visit.
 */
function visitsIn(chronicle: Chronicle, { momentsAlone }: Carried): number[] {
  const starts = journeyIdsIn(chronicle).map((id) => startOf(chronicle, id));
  const visits: number[] = [];
  for (const at of [...starts, ...momentsAlone].sort(ascending)) {
    const before = visits.at(-1);
    if (before === undefined || at - before >= day) visits.push(at);
  }
  return visits;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort(ascending);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}
