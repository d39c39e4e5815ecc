import type { Logger } from './logger.ts';

/** One step of a shutdown; steps run in the given order: refuse, finish, flush, close. */
export interface StopStep {
  readonly name: string;
  readonly run: () => Promise<void> | void;
}

export interface StopOptions {
  readonly logger: Logger;
  /** Runs first: tells clients and load balancers to send their requests elsewhere. */
  readonly announce?: () => void;
  /**
   * Delay in ms before the steps after SIGTERM, so that load balancers notice; 0 by default. SIGINT
   * skips it: a person waits.
   */
  readonly graceMs?: number;
  /**
   * Time limit of the steps, in ms; after it the process exits regardless. Nothing acknowledged
   * depends on a graceful stop.
   */
  readonly deadlineMs?: number;
  readonly exit?: (code: number) => void;
}

/** Runs all steps; resolves to whether none failed. */
export async function stopInOrder(steps: readonly StopStep[], logger: Logger): Promise<boolean> {
  return (await failuresOfStop(steps, logger)).length === 0;
}

/**
 * Runs all steps one after another; a step that fails is logged and does not stop the others.
 * Resolves to the errors, in order.
 */
export async function failuresOfStop(steps: readonly StopStep[], logger: Logger): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const { name, run } of steps) {
    try {
      await run();
      logger.debug({ step: name }, 'stopped');
    } catch (error) {
      failures.push(error);
      logger.error({ step: name, err: error }, 'could not be stopped in order');
    }
  }
  return failures;
}

/**
 * Stops gracefully on SIGINT and SIGTERM; a second signal, or the deadline, exits at once with
 * status 1. Returns a function that removes the handlers.
 */
export function stopOnSignals(steps: readonly StopStep[], options: StopOptions): () => void {
  const { logger, announce, graceMs = 0, deadlineMs = 30_000, exit = process.exit } = options;
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (isStopping) {
      logger.warn({ signal }, 'a second signal: leaving at once');
      exit(1);
      return;
    }
    isStopping = true;
    const waitMs = signal === 'SIGTERM' ? graceMs : 0;
    logger.info({ signal, graceMs: waitMs }, 'stopping; a second signal leaves at once');
    announce?.();
    if (waitMs > 0) setTimeout(leaveInOrder, waitMs);
    else leaveInOrder();
  };
  const leaveInOrder = () => {
    const deadline = setTimeout(() => {
      logger.error({ deadlineMs }, 'did not stop in time: leaving');
      exit(1);
    }, deadlineMs);
    deadline.unref();
    void stopInOrder(steps, logger).then((isClean) => {
      clearTimeout(deadline);
      logger.info('stopped');
      exit(isClean ? 0 : 1);
    });
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
