import type { Client, Query } from '@touchstone/client';

/** The largest page that the system returns. */
const LIMIT = 2_000;

/** The parts of a paged answer that are needed to join its pages. */
interface Paged {
  readonly nextCursor?: string | null;
  readonly timeline?: readonly unknown[];
  readonly history?: readonly unknown[];
  readonly journeys?: readonly unknown[];
  readonly explanation?: { readonly moments: readonly unknown[]; readonly otherMoments?: unknown };
}

/** Reads the answer about one journey or customer with all pages of its lists. */
export async function readWhole(client: Client, path: string, query: Query): Promise<unknown> {
  let whole = (await client.get(path, { ...query, limit: LIMIT })) as Paged;
  while (whole.nextCursor) {
    const page = (await client.get(path, { ...query, limit: LIMIT, cursor: whole.nextCursor })) as Paged;
    whole = joined(whole, page);
  }
  return whole;
}

function joined(whole: Paged, page: Paged): Paged {
  const lists = (['timeline', 'history', 'journeys'] as const).flatMap((name) => {
    const [before, after] = [whole[name], page[name]];
    return before === undefined || after === undefined ? [] : [[name, [...before, ...after]] as const];
  });
  const [before, after] = [whole.explanation, page.explanation];
  const explanation = before && after && { ...after, moments: [...before.moments, ...after.moments] };
  return {
    ...whole,
    ...Object.fromEntries(lists),
    ...(explanation && { explanation: withoutOthers(explanation, page.nextCursor) }),
    nextCursor: page.nextCursor ?? null,
  };
}

/** Removes the count of further entries once the last page has been read. */
function withoutOthers<Explanation extends object>(explanation: Explanation, nextCursor: string | null | undefined) {
  return nextCursor ? explanation : { ...explanation, otherMoments: { count: 0, points: 0 } };
}
