import { foldsHere, type Given, type ResultOf } from '@touchstone/customer-folds';
import type { HistoryCut } from '@touchstone/journey';
import type { Asker } from '@touchstone/runtime';
import { z } from 'zod';
import { instantParameter, integerParameter } from '../answers/parameters.ts';
import type { QueryDeps } from '../deps.ts';
import { assertNotErased, cutAnswer, cutOf } from './history-cuts.ts';

/** Entries of each list in the answer on one customer or journey. */
const ENTRIES = 1_000;
/** A page of so many is written as JSON in some 20 ms, in which nobody else is served. */
export const ENTRIES_MAX = 2_000;

/** Which of a customer's events an answer rests on, the time that it is settled to, and which part of its lists it shows. */
export const pointOfView = z.strictObject({
  asOf: instantParameter.describe('What had happened by then, with all that is known now').optional(),
  knownAt: instantParameter.describe('Only events that were stored by then').optional(),
  limit: integerParameter(1, ENTRIES_MAX)
    .default(ENTRIES)
    .describe(`Entries of each list, at most; ${ENTRIES} unless told`),
  cursor: z
    .string()
    .regex(/^\d{1,19}\.\d{1,15}\.\d{1,9}$/, 'must be the nextCursor of a page')
    .transform((text): Place => {
      const [upTo = '', now = '', offset = ''] = text.split('.');
      return { upTo: BigInt(upTo), now: Number(now), offset: Number(offset) };
    })
    .describe(
      '`nextCursor` of the page before, with whatever else was asked for then. What was stored since the first page is left out',
    )
    .optional(),
});
export type PointOfView = z.output<typeof pointOfView>;

/** Where a page goes on: of the same events, settled to the same time, ms. */
interface Place {
  readonly upTo: bigint;
  readonly now: number;
  readonly offset: number;
}

/** What is asked of a customer's events, without what each answer has in common. */
type About<Name extends 'customer' | 'journey'> = { readonly customerId: string } & Omit<
  Given<Name>,
  'measures' | 'now' | 'page'
>;

export interface Seen<Result> {
  /** Null if nothing is known from there. */
  readonly page: Result;
  readonly parkedEvents: number;
  readonly nextCursor: string | null;
  /** What is missing of the history; null where nothing is. */
  readonly cut: HistoryCut | null;
}

/**
 * What is left of a customer's published events makes of them, or of one of their journeys, seen from a point of view.
 * @throws Problem for a customer who was deleted for good.
 */
export async function foldFor<Name extends 'customer' | 'journey'>(
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

/** Of a text that is sent as it is. */
export const JSON_TYPE = 'application/json; charset=utf-8';

const texts = new WeakMap<object, string>();

/** The answer as JSON text, made once for all who share a page. */
export function answerText<Page extends object>(
  { page, parkedEvents, nextCursor, cut }: Seen<Page>,
  answer: (page: Page, parkedEvents: number, nextCursor: string | null) => object,
): string {
  if (cut !== null) return JSON.stringify({ ...answer(page, parkedEvents, nextCursor), ...cutAnswer(cut) });
  let text = texts.get(page);
  if (text === undefined) {
    text = JSON.stringify(answer(page, parkedEvents, nextCursor));
    texts.set(page, text);
  }
  return text;
}

export function isSeen<Page extends object>(seen: Seen<Page | null>): seen is Seen<Page> {
  return seen.page !== null;
}

/** For a 404: from where nothing was seen. */
export function inWords({ asOf, knownAt }: Pick<PointOfView, 'asOf' | 'knownAt'>): string {
  const when = (time: number) => new Date(time).toISOString();
  const happened = asOf === undefined ? '' : ` that happened by ${when(asOf)}`;
  const stored = knownAt === undefined ? '' : ` and was stored by ${when(knownAt)}`;
  return happened === '' ? stored.replace(' and was', ' that was') : happened + stored;
}
