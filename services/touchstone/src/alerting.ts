import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@touchstone/runtime';

/** How often it looks for work. */
const LOOK_MS = 1_000;
/** How long it waits after a failure. */
const AGAIN_MS = 10_000;
/** How long a stop waits for the work at hand. */
const STOP_MS = 2_000;

/** Work that is looked after again and again, with the words for a failure of it. */
export interface Looked {
  readonly look: () => Promise<unknown>;
  readonly failed: string;
  readonly stop?: (() => Promise<void>) | undefined;
}

/** Looks for work again and again, and tries again after a failure; `stop` waits for its end. */
export function lookAgainAndAgain(
  { look, failed, stop }: Looked,
  logger: Logger,
): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    while (!signal.aborted) {
      const hasFailed = await look().then(
        () => false,
        (error: unknown) => {
          if (!signal.aborted) logger.error({ err: error }, `${failed}; trying again`);
          return true;
        },
      );
      await pause(hasFailed ? AGAIN_MS : LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      // Work that is given up is done again after the next start.
      await Promise.race([Promise.all([running, stop?.()]), pause(STOP_MS, undefined, { ref: false })]);
    },
  };
}
