import type { ReadinessCheck } from './health.ts';
import { remembered } from './remembered.ts';

export interface CheckOutcome {
  readonly name: string;
  /** Whether /readyz answers 503 if this check fails. */
  readonly isNeeded: boolean;
  /** Description of the failure; undefined if all is well. */
  readonly fault: string | undefined;
}

const CHECK_TIMEOUT_MS = 3000;

/** Results are cached for 1 s: each check runs at most once a second, however many clients ask. */
export const CHECKS_REMEMBERED_MS = 1000;

/** Runs one round of checks at a time and caches its outcome for a second. */
export function checkRounds(checks: readonly ReadinessCheck[]): () => Promise<readonly CheckOutcome[]> {
  return remembered(
    () => Promise.all(checks.map(outcomeOf)),
    () => CHECKS_REMEMBERED_MS,
  );
}

async function outcomeOf(check: ReadinessCheck): Promise<CheckOutcome> {
  return { name: check.name, isNeeded: check.isNeeded ?? true, fault: await faultOf(check) };
}

async function faultOf(check: ReadinessCheck): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((settle) => {
    timer = setTimeout(() => settle(`does not answer within ${CHECK_TIMEOUT_MS} ms`), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearTimeout(timer);
  }
}
