import type { PointOfView } from '@touchstone/api';
import { foldsHere, type Given, type ResultOf } from '@touchstone/customer-folds';
import type { HistoryCut } from '@touchstone/journey';
import type { Asker } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';
import { assertNotErased, cutOf } from './history-cuts.ts';

/** Parameters of a fold, without those that `foldFor` fills in for every answer. */
type About<Name extends 'customer' | 'journey' | 'progress'> = { readonly customerId: string } & Omit<
  Given<Name>,
  'measures' | 'now' | 'page'
>;

export interface Seen<Result> {
  /** Null if nothing is known from that point of view. */
  readonly page: Result;
  readonly parkedEvents: number;
  readonly nextCursor: string | null;
  /** The part of the history that is missing; null if it is complete. */
  readonly cut: HistoryCut | null;
}

/**
 * Folds the customer's events that are left in the log, and returns a page of the customer or of
 * one of their journeys, seen from a point of view.
 * @throws Problem for a customer who was deleted for good.
 */
export async function foldFor<Name extends 'customer' | 'journey' | 'progress'>(
  deps: QueryDeps,
  task: Name,
  about: About<Name>,
  view: PointOfView,
  asker: Asker,
): Promise<Seen<ResultOf<Name>>> {
  const { folds = foldsHere, store } = deps;
  const cut = await cutOf(deps, about.customerId);
  assertNotErased(cut, about.customerId);
  const { asOf = Number.POSITIVE_INFINITY, knownAt = Number.POSITIVE_INFINITY, cursor, limit } = view;
  const page = { offset: cursor?.offset ?? 0, limit };
  const given = async () => {
    const now = cursor?.now ?? view.asOf ?? (await deps.now());
    return { ...about, measures: deps.measures(), now, page } as unknown as Given<Name>;
  };
  const { result, parkedEvents, upTo } = await folds.fold(store, {
    task,
    customerId: about.customerId,
    given,
    range: { upTo: cursor?.upTo, after: cut?.upTo },
    isSeen: ({ time, recordedAt }) => time <= asOf && recordedAt <= knownAt,
    asker,
    key: keyOf([deps.generation(), about, view.asOf, view.knownAt, cursor, limit, cut?.upTo]),
  });
  const there = result as { readonly isLast: boolean; readonly now: number } | null;
  const nextCursor = there === null || there.isLast ? null : `${upTo}.${there.now}.${page.offset + limit}`;
  return { page: result, parkedEvents, nextCursor, cut };
}

function keyOf(parts: readonly unknown[]): string {
  return JSON.stringify(parts, (_name, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** Fields that an answer adds to its page. */
interface Around {
  readonly nextCursor: string | null;
  readonly parkedEvents?: number | undefined;
  readonly historyCut?: HistoryCut;
}

const answers = new WeakMap<object, object>();

/** The answer for a page: one object for all requests that share the page. */
export function answerOf<Page extends object>({ page, parkedEvents, nextCursor, cut }: Seen<Page>): Page & Around {
  const around = { nextCursor, parkedEvents: parkedEvents || undefined };
  if (cut !== null) return { ...page, ...around, historyCut: cut };
  let answer = answers.get(page) as (Page & Around) | undefined;
  if (answer === undefined) {
    answer = { ...page, ...around };
    answers.set(page, answer);
  }
  return answer;
}

export function isSeen<Page extends object>(seen: Seen<Page | null>): seen is Seen<Page> {
  return seen.page !== null;
}

/** Describes the point of view, for a 404. */
export function inWords({ asOf, knownAt }: Pick<PointOfView, 'asOf' | 'knownAt'>): string {
  const when = (time: number) => new Date(time).toISOString();
  const happened = asOf === undefined ? '' : ` that happened by ${when(asOf)}`;
  const stored = knownAt === undefined ? '' : ` and was stored by ${when(knownAt)}`;
  return happened === '' ? stored.replace(' and was', ' that was') : happened + stored;
}
