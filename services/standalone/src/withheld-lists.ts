import { Problem, type ProblemCode } from '@touchstone/runtime';

/** A reason for which nothing is shown of the rows, until it is gone. */
export interface Reason {
  readonly code: ProblemCode;
  /** What is wrong, what is done about it, and what somebody has to do, if anything: whole sentences. */
  readonly detail: string;
  /** How far what is done about it is, where something is. */
  readonly progress?: (() => { readonly position: bigint | null; readonly target: bigint | null }) | undefined;
}

/** Whether lists are answered; single customers and journeys come from the log, and always are. */
export interface WithheldLists {
  /** Until it is released; of one code the last counts. */
  withhold(reason: Reason): void;
  release(code: ProblemCode): void;
  /** What whoever asks is told; null while lists are answered. */
  problem(): Problem | null;
}

/** How long until it is worth asking again, s. */
const AGAIN_S = 2;

export function withheldLists(): WithheldLists {
  const reasons = new Map<ProblemCode, Reason>();
  return {
    withhold: (reason) => void reasons.set(reason.code, reason),
    release: (code) => void reasons.delete(code),
    problem() {
      const [reason] = reasons.values();
      if (reason === undefined) return null;
      const { position = null, target = null } = reason.progress?.() ?? {};
      const isKnown = position !== null && target !== null;
      const told = isKnown ? ` The new rows have come to ${position} of ${target}.` : '';
      return new Problem(reason.code, reason.detail + told, {
        headers: { 'retry-after': String(AGAIN_S) },
        extensions: isKnown ? { position: String(position), target: String(target) } : {},
      });
    },
  };
}

/** The generation that figures are read from. @throws Problem while nothing may be shown of it. */
export function shownGeneration(lists: Pick<WithheldLists, 'problem'>, generation: number): number {
  const problem = lists.problem();
  if (problem !== null) throw problem;
  return generation;
}
