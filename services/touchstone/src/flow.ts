import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '@touchstone/async';
import type { Logger, ReadinessCheck } from '@touchstone/runtime';

/** How long a broken flow waits before it is restarted. */
const RESTART = { firstMs: 1_000, longestMs: 30_000 };

export interface Flow {
  /** For `/readyz`: why the flow stands still. */
  readonly check: ReadinessCheck;
  /** Resolves when the flow has no work under way. */
  stop(): Promise<void>;
}

export type Told = (state: { readonly isReady: boolean; readonly reason: string | null }) => void;

/**
 * Runs `run` until its signal aborts. If it fails before that, the flow restarts it with back-off
 * and reports meanwhile why it stands still.
 */
export function flow(name: string, logger: Logger, run: (signal: AbortSignal, onState: Told) => Promise<void>): Flow {
  const stopping = new AbortController();
  const { signal } = stopping;
  let fault: string | undefined = 'is starting';
  const onState: Told = ({ isReady, reason }) => {
    fault = isReady ? undefined : (reason ?? 'is not ready');
  };
  async function runAgainAndAgain(): Promise<void> {
    for (let failures = 0; !signal.aborted; failures++) {
      const begun = performance.now();
      try {
        await run(signal, onState);
      } catch (error) {
        if (signal.aborted) return;
        if (performance.now() - begun > RESTART.longestMs) failures = 0;
        const delayMs = backoffMs(failures, RESTART);
        fault = `stands still: ${(error as Error).message}`;
        logger.error({ err: error, delayMs }, `the ${name} broke down and starts again`);
        await pause(delayMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
  const ended = runAgainAndAgain();
  const check: ReadinessCheck = { name, run: () => fault };
  return {
    check,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}
