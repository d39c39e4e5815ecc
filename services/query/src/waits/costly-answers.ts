import type { IncomingHttpHeaders } from 'node:http';
import { type Asker, sharedWork, type TurnLimits, turnsAt } from '@touchstone/runtime';
import type { QueryDeps } from '../deps.ts';
import { askedAfter } from './after-position.ts';

/** Costly answers that wait for their turn. */
export const COSTLY_LIMITS: TurnLimits = { waitingMax: 100, waitMaxMs: 30_000 };

/** Works an answer out, or shares it with whoever asked the same of the same generation and is still waiting. */
export type CostlyAnswers = <Answer>(
  request: { readonly asker: Asker; readonly headers: IncomingHttpHeaders },
  question: unknown,
  make: (asker: Asker) => Promise<Answer>,
) => Promise<Answer>;

/**
 * Answers that cost much, so many at a time, each once for all who ask for it at the same time. One that nobody waits for any more is given up. `question` is JSON
 * that is the same for the same answer; whoever asks with `Touchstone-After` shares only what was begun beyond that position.
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
