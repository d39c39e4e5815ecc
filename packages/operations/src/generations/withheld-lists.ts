import { Problem, type ProblemCode } from '@touchstone/runtime';

/** A reason to withhold the rows until it is over. */
export interface Reason {
  readonly code: ProblemCode;
  /**
   * Whole sentences: what is wrong, what the product does about it, and what the operator has to
   * do, if anything.
   */
  readonly detail: string;
  /** Progress of the mending, if there is any. */
  readonly progress?: (() => { readonly position: bigint | null; readonly target: bigint | null }) | undefined;
}

/**
 * Whether lists are answered. Single customers and journeys come from the log and are always
 * answered.
 */
export interface WithheldLists {
  /**
   * Withholds lists until the reason is released; a newer reason replaces an older one of the same
   * code.
   */
  withhold(reason: Reason): void;
  release(code: ProblemCode): void;
  /** The problem for whoever asks for a list; null while lists are answered. */
  problem(): Problem | null;
}

/** Seconds after which a retry is advised. */
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

/**
 * The generation that figures are read from.
 * @throws Problem while its rows are withheld.
 */
export function shownGeneration(lists: Pick<WithheldLists, 'problem'>, generation: number): number {
  const problem = lists.problem();
  if (problem !== null) throw problem;
  return generation;
}
