import type { ReadinessCheck } from './health.ts';
import { remembered } from './remembered.ts';

export interface CheckOutcome {
  readonly name: string;
  /** Whether /readyz answers 503 where it fails. */
  readonly isNeeded: boolean;
  /** In words; undefined where all is well. */
  readonly fault: string | undefined;
}

const CHECK_TIMEOUT_MS = 3000;

/** So long an outcome is told to whoever asks: however many ask, each check runs once a second. */
export const CHECKS_REMEMBERED_MS = 1000;

/** One round of the checks at a time, remembered for a second. */
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
