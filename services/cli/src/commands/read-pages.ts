import type { Client, Query } from '@touchstone/client';

/** As many as the system gives at once. */
const LIMIT = 2_000;

/** An answer whose lists come in pages, as far as putting it together goes. */
interface Paged {
  readonly nextCursor?: string | null;
  readonly timeline?: readonly unknown[];
  readonly history?: readonly unknown[];
  readonly journeys?: readonly unknown[];
  readonly explanation?: { readonly moments: readonly unknown[]; readonly otherMoments?: unknown };
}

/** The answer on one journey or customer with all pages of its lists. */
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

/** With the last page there are no others. */
function withoutOthers<Explanation extends object>(explanation: Explanation, nextCursor: string | null | undefined) {
  return nextCursor ? explanation : { ...explanation, otherMoments: { count: 0, points: 0 } };
}
