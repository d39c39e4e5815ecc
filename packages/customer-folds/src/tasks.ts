import {
  type Announcement,
  compareJourneys,
  customerFolding,
  type Folding,
  isListedOnly,
  type JourneyDifference,
  type JourneyEvent,
  journeyFolding,
  type MeasurementRules,
  mapped,
  newChanges,
  type Page,
  pageOfCustomer,
  pageOfJourney,
  partingFolding,
  progressFolding,
  settle,
  stateFolding,
  UnmeasurableEvent,
  viewCustomer,
} from '@touchstone/journey';
import { NOBODY, shownOf } from './shown.ts';

interface SettledTo {
  readonly measures: MeasurementRules;
  /** ms */
  readonly now: number;
}

interface BothMeasures {
  readonly before: MeasurementRules;
  readonly after: MeasurementRules;
  /** ms */
  readonly now: number;
}

/**
 * One journey in a trial of new rules: its score before and after (null if the journey has none,
 * undefined if the log has no such journey) and the cause of the difference.
 */
interface ToldTwice {
  readonly scoreBefore: number | null | undefined;
  readonly scoreAfter: number | null | undefined;
  readonly difference: JourneyDifference | null;
  /** Number of differing moments that `difference` does not name. */
  readonly moreMoments: number;
}

/**
 * The questions that a fold of one customer's published events answers. Arguments and answers can
 * be sent to another thread, and stay small however many events the customer has.
 */
export const tasks = {
  customer: (customerId: string, { measures, now, page }: SettledTo & { readonly page: Page }) =>
    mapped(customerFolding(measures, customerId, now), (state) =>
      state === null ? null : { ...pageOfCustomer(viewCustomer(measures, state), page), now },
    ),

  journey: (
    customerId: string,
    { measures, now, page, journeyId }: SettledTo & { readonly page: Page; readonly journeyId: string },
  ) =>
    mapped(journeyFolding(measures, customerId, journeyId, now), (told) =>
      told === null ? null : { ...pageOfJourney(told, page), now },
    ),

  progress: (
    customerId: string,
    { measures, now, journeyId }: SettledTo & { readonly page: Page; readonly journeyId: string },
  ) => mapped(progressFolding(measures, customerId, journeyId, now), (told) => told && { ...told, isLast: true, now }),

  /**
   * Announcements that fall due after the last event and before `now` by time alone: JSON arrays,
   * in order. In place of breaches that are listed only, one says that time has passed them.
   */
  due: (customerId: string, { measures, now }: SettledTo) =>
    mapped(stateFolding(measures, customerId), (state): readonly string[] => {
      const changes = newChanges();
      if (state !== null) settle(measures, state, now, changes);
      return inTexts(toldOf(measures, changes.announcements));
    }),

  /** The customer's rows once everything that falls due before `now` is announced. */
  shown: (customerId: string, { measures, now }: SettledTo) =>
    mapped(customerFolding(measures, customerId, now), (state) => (state === null ? NOBODY : shownOf(measures, state))),

  'journey-told-twice': (
    customerId: string,
    {
      before,
      after,
      now,
      journeyId,
      momentsMax,
    }: BothMeasures & { readonly journeyId: string; readonly momentsMax: number },
  ): Folding<ToldTwice> => {
    const then = journeyFolding(before, customerId, journeyId, now);
    const since = journeyFolding(after, customerId, journeyId, now);
    return {
      take(event) {
        for (const each of [then, since]) leaveOut(each, event);
      },
      finish() {
        const [one, other] = [then.finish(), since.finish()];
        const difference = one === null || other === null ? null : compareJourneys(one, other);
        const moments = difference?.moments ?? [];
        return {
          scoreBefore: one?.score,
          scoreAfter: other?.score,
          difference: difference && { ...difference, moments: moments.slice(0, momentsMax) },
          moreMoments: Math.max(0, moments.length - momentsMax),
        };
      },
    };
  },

  'first-differing-move': (customerId: string, { before, after, now }: BothMeasures) =>
    partingFolding(before, after, customerId, now),
};

export type Task = keyof typeof tasks;
export type Given<Name extends Task> = Parameters<(typeof tasks)[Name]>[1];
export type ResultOf<Name extends Task> =
  ReturnType<(typeof tasks)[Name]> extends Folding<infer Result> ? Result : never;

export function beginTask<Name extends Task>(
  name: Name,
  customerId: string,
  given: Given<Name>,
): Folding<ResultOf<Name>> {
  const begin = tasks[name] as unknown as (customerId: string, given: Given<Name>) => Folding<ResultOf<Name>>;
  return begin(customerId, given);
}

function toldOf(measures: MeasurementRules, announcements: readonly Announcement[]): readonly Announcement[] {
  const told = announcements.filter((announcement) => !isListedOnly(measures, announcement));
  if (told.length === announcements.length) return told;
  const listed = announcements.filter((announcement) => isListedOnly(measures, announcement));
  return [...told, { kind: 'time-passed', at: Math.max(...listed.map(({ at }) => at)) }];
}

const ANNOUNCEMENTS_OF_A_TEXT = 1_000;

/**
 * Splits announcements into JSON arrays. A text crosses to another thread without a copy of its
 * objects, and the reader parses one at a time.
 */
function inTexts(announcements: readonly Announcement[]): readonly string[] {
  const texts: string[] = [];
  for (let at = 0; at < announcements.length; at += ANNOUNCEMENTS_OF_A_TEXT) {
    texts.push(JSON.stringify(announcements.slice(at, at + ANNOUNCEMENTS_OF_A_TEXT)));
  }
  return texts;
}

/** An event that one set of rules cannot measure counts for the other set alone. */
function leaveOut(folding: Folding<unknown>, event: JourneyEvent): void {
  try {
    folding.take(event);
  } catch (error) {
    if (!(error instanceof UnmeasurableEvent)) throw error;
  }
}
