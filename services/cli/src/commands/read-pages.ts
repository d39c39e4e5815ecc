import type { Answer, Call, endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { ask } from '../ask.ts';

/** The largest page that the system returns. */
const LIMIT = 2_000;

type PagedEndpoint = typeof endpoints.getJourney | typeof endpoints.getCustomer;

/** The parts of a paged answer that are needed to join its pages. */
interface Paged {
  readonly nextCursor?: string | null;
  readonly timeline?: readonly unknown[];
  readonly history?: readonly unknown[];
  readonly journeys?: readonly unknown[];
  readonly explanation?: {
    readonly moments: readonly unknown[];
    readonly whatIf: readonly unknown[];
    readonly otherMoments?: unknown;
  };
}

/** Reads the answer about one journey or customer with all pages of its lists. */
export async function readWhole<E extends PagedEndpoint>(
  client: Client,
  endpoint: E,
  call: Call<E>,
): Promise<Answer<E>> {
  const read = async (cursor?: string): Promise<Paged> => {
    const query = { ...call.query, limit: LIMIT, cursor };
    return (await ask(client, endpoint, { ...call, query } as Call<E>)) as Paged;
  };
  let whole = await read();
  while (whole.nextCursor) whole = joined(whole, await read(whole.nextCursor));
  return whole as Answer<E>;
}

function joined(whole: Paged, page: Paged): Paged {
  const lists = (['timeline', 'history', 'journeys'] as const).flatMap((name) => {
    const [before, after] = [whole[name], page[name]];
    return before === undefined || after === undefined ? [] : [[name, [...before, ...after]] as const];
  });
  const [before, after] = [whole.explanation, page.explanation];
  const explanation = before &&
    after && {
      ...after,
      moments: [...before.moments, ...after.moments],
      whatIf: [...before.whatIf, ...after.whatIf],
    };
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
