import type { EventStore } from '@touchstone/event-store';
import { type createHttpServer, failuresOfStop, type Logger, type StopStep } from '@touchstone/runtime';

type HttpServer = Awaited<ReturnType<typeof createHttpServer>>;

/** A running process: all of Touchstone, or some of its roles. */
export interface Running {
  /** Base URL of the server, e.g. `http://127.0.0.1:4700`. */
  readonly url: string;
  readonly store: EventStore;
  readonly metrics: HttpServer['metrics'];
  /** From now on `/readyz` answers 503; everything else goes on. */
  announceStop(): void;
  /** The order is: refuse, finish, flush, close; the listener goes last. */
  readonly stopSteps: readonly StopStep[];
  /** Runs every step, whichever fails; then throws the first failure. */
  stop(): Promise<void>;
}

/** A composition's own part of a running process. */
export interface Composed {
  readonly url: string;
  readonly store: EventStore;
  readonly app: Pick<HttpServer, 'metrics' | 'stopping'>;
}

/**
 * Runs a composition that adds a step to `steps` for each thing that it opens. If it fails, all
 * steps run before the error is thrown.
 */
export async function startInOrder(
  logger: Logger,
  compose: (steps: StopStep[]) => Promise<Composed>,
): Promise<Running> {
  const steps: StopStep[] = [];
  try {
    const { url, store, app } = await compose(steps);
    return {
      url,
      store,
      metrics: app.metrics,
      announceStop: app.stopping.announce,
      stopSteps: steps,
      async stop() {
        const [failure] = await failuresOfStop(steps, logger);
        if (failure !== undefined) throw failure;
      },
    };
  } catch (error) {
    await failuresOfStop(steps, logger);
    throw error;
  }
}
