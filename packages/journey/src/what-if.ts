import { addScore, journeyScore, type ScoredEvent } from './journey-score.ts';
import type { Policy } from './policy.ts';
import type { CustomerState, JourneyState } from './state.ts';

/** One thing that cost a journey points, and the score that it would have without it. */
export interface WhatIf {
  /**
   * `broken-promise`: kept in time; `open-complaint`: resolved; `veto`: recovered; `moment`: not
   * scored, and the critical failure that it alone left would not stand.
   */
  readonly kind: 'broken-promise' | 'open-complaint' | 'veto' | 'moment';
  /** When the promise was due, the complaint raised, or the failure or moment happened; ms. */
  readonly at: number;
  readonly touchpoint: string | null;
  readonly eventId?: string;
  readonly source?: string;
  readonly promiseId?: string;
  readonly complaintId?: string;
  /** Null where nothing else is scored. */
  readonly score: number | null;
}

/** The parts of a journey that its score is made of. */
type Terms = Pick<
  JourneyState,
  'scored' | 'weightSum' | 'weightedScoreSum' | 'peak' | 'end' | 'brokenPromises' | 'openComplaints' | 'standing'
>;

/** Places among the scored events of the failures that stand at each touchpoint. */
export type Culprits = ReadonlyMap<string, readonly number[]>;

/**
 * Every broken promise, open complaint, veto and moment below expectation of a journey, with the
 * score without it, the greatest gain first. All else stays as it happened: a moment that is left
 * out still opened, recovered or completed what it did. `scored` are all scored events, in log
 * order.
 */
export function whatIf(
  policy: Policy,
  state: CustomerState,
  journey: JourneyState,
  scored: readonly ScoredEvent[],
  culprits: Culprits,
): readonly WhatIf[] {
  const score = (changes: Partial<Terms>) => journeyScore(policy, { ...journey, ...changes });
  const told: WhatIf[] = [];
  const kept = score({ brokenPromises: journey.brokenPromises - 1 });
  for (const { journeyId, counts, state: fate, id, touchpoint, dueAt } of state.promises.values()) {
    if (journeyId !== journey.id || !counts || (fate !== 'broken' && fate !== 'kept-late')) continue;
    told.push({ kind: 'broken-promise', at: dueAt, touchpoint, promiseId: id, score: kept });
  }
  const resolved = score({ openComplaints: journey.openComplaints - 1 });
  for (const { journeyId, resolvedAt, id, touchpoint, raisedAt } of state.complaints.values()) {
    if (journeyId !== journey.id || resolvedAt !== null) continue;
    told.push({ kind: 'open-complaint', at: raisedAt, touchpoint, complaintId: id, score: resolved });
  }
  for (const [touchpoint, at] of journey.standing) {
    told.push({ kind: 'veto', at, touchpoint, score: score({ standing: without(journey.standing, touchpoint) }) });
  }
  const left = leftOut(policy, journey, scored, culprits);
  for (const [index, { verdict, at, touchpoint, eventId, source }] of scored.entries()) {
    if (verdict === 'failed') told.push({ kind: 'moment', at, touchpoint, eventId, source, score: score(left(index)) });
  }
  return told.sort((a, b) => gainOf(b) - gainOf(a) || a.at - b.at);
}

/** Without any other score the gain is none. */
const gainOf = ({ score }: WhatIf): number => score ?? Number.NEGATIVE_INFINITY;

/** The terms of the journey's score without one of its scored events. */
function leftOut(policy: Policy, journey: JourneyState, scored: readonly ScoredEvent[], culprits: Culprits) {
  // Most events are neither peak nor end, and their sums are enough. One that outweighs all others
  // is left out by adding these again, because a difference would keep few digits of them.
  const rescored = (index: number): Partial<Terms> => {
    const terms = { ...journey, scored: 0, weightSum: 0, weightedScoreSum: 0, peak: null, end: null };
    for (const [place, event] of scored.entries()) if (place !== index) addScore(policy, terms, event, event.at);
    const { weightSum, weightedScoreSum, peak, end } = terms;
    return { weightSum, weightedScoreSum, peak, end };
  };
  const lastFailures = new Map(
    [...culprits].flatMap(([touchpoint, at]) => (at.length === 1 ? [[at[0], touchpoint]] : [])),
  );
  return (index: number): Partial<Terms> => {
    const { weight, score } = scored[index]!;
    const sums = {
      weightSum: journey.weightSum - weight,
      weightedScoreSum: journey.weightedScoreSum - weight * score,
    };
    const isMarked = index === journey.peak?.index || index === journey.end?.index;
    const outweighs = weight > journey.weightSum / 2;
    const touchpoint = lastFailures.get(index);
    return {
      ...(isMarked || outweighs ? rescored(index) : sums),
      ...(touchpoint === undefined ? {} : { standing: without(journey.standing, touchpoint) }),
    };
  };
}

function without(standing: JourneyState['standing'], touchpoint: string): JourneyState['standing'] {
  return new Map([...standing].filter(([each]) => each !== touchpoint));
}

/** Follows which scored events left the failures that stand. */
export function followCulprits() {
  const culprits = new Map<string, number[]>();
  return {
    culprits: culprits as Culprits,
    /** After each step: failures that were recovered are no longer anybody's. */
    settle({ standing }: JourneyState): void {
      for (const touchpoint of culprits.keys()) if (!standing.has(touchpoint)) culprits.delete(touchpoint);
    },
    /** The scored event at this place left or renewed a failure. */
    add(touchpoint: string, place: number): void {
      const places = culprits.get(touchpoint);
      if (places === undefined) culprits.set(touchpoint, [place]);
      else places.push(place);
    },
  };
}
