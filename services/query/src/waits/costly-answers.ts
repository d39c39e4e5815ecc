import type { IncomingHttpHeaders } from 'node:http';
import { type Asker, sharedWork, type TurnLimits, turnsAt } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';
import { askedAfter } from './after-position.ts';

/** Greatest number of queued costly answers, and their longest wait. */
export const COSTLY_LIMITS: TurnLimits = { waitingMax: 100, waitMaxMs: 30_000 };

/**
 * Computes an answer, or shares the one that another request already computes for the same question
 * and generation.
 */
export type CostlyAnswers = <Answer>(
  request: { readonly asker: Asker; readonly headers: IncomingHttpHeaders },
  question: unknown,
  make: (asker: Asker) => Promise<Answer>,
) => Promise<Answer>;

/**
 * Computes at most `atOnce` costly answers at a time, shares one between equal questions, and
 * cancels it when no request waits any more. `question` is a JSON value equal for equal answers; a
 * request with `Touchstone-After` shares only an answer begun at that position or later.
 * @throws NoTurn
 */
export function costlyAnswers(deps: Pick<QueryDeps, 'generation' | 'progress'>, atOnce: number): CostlyAnswers {
  const shared = sharedWork();
  const turns = turnsAt(Array.from({ length: atOnce }), COSTLY_LIMITS);
  return ({ asker, headers }, question, make) => {
    const key = JSON.stringify([deps.generation(), question]);
    const wanted = { key, at: deps.progress.projected(), notBefore: askedAfter(headers) };
    return shared.share(wanted, asker, (all) => turns.take(all, () => make(all)));
  };
}
