/**
 * Runs the projector and the clock of the embedded mode, until it is killed. A hundred runs load
 * it, so it imports only the files that it needs; importing packages would load Kafka and HTTP too.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import type { StartFold } from '@touchstone/projection';
import { openReadModels, WHOLE } from '@touchstone/read-models';
import { createLogger } from '../../packages/runtime/src/logger.ts';
import { openFoldThreads } from '../../services/projector/src/threads/fold-threads.ts';
import { projectWithClock } from '../../services/projector/testing/project-with-clock.ts';
import { onOrder, say } from './doomed-program.ts';
import { isTorn, standBeforeCheckpoint } from './stand-before-checkpoint.ts';

export interface ProjectOrder {
  readonly eventStoreUrl: string;
  readonly clickhouseUrl: string;
  readonly generation: number;
  readonly definitions: readonly Definition[];
  /** Half of these threads fold, see `openFoldThreads`. */
  readonly threads: number;
  /** Events of one batch. */
  readonly batch: number;
  /** Customers kept in memory. */
  readonly customers: number;
  /** Stops between the moments and their checkpoint, reports `standing`, and waits to be killed. */
  readonly stands?: boolean;
}

/** Sent when the program is up: the state that the last kill left. */
export interface Found {
  readonly position: bigint;
  readonly head: bigint;
  /** Whether moments of a batch are in the table without their checkpoint. */
  readonly isTorn: boolean;
}

onOrder<ProjectOrder>(async (order) => {
  const store = await openEventStore(order.eventStoreUrl);
  for (;;) {
    try {
      return await project(order, store);
    } catch (error) {
      // An unusable server ends a program at its start, and its supervisor restarts it.
      if ((error as { code?: string }).code !== 'unavailable') throw error;
      await pause(100);
    }
  }
});

async function project(order: ProjectOrder, store: EventStore): Promise<void> {
  const { clickhouseUrl, generation, definitions, threads, batch, customers, stands = false } = order;
  const logger = createLogger({ level: 'error' });
  const readModels = await openReadModels(clickhouseUrl);
  const wasTorn = await isTorn(readModels.clickhouse, generation, WHOLE);
  const measures = { policy: policyV1, definitions: definitionsByType(definitions) };
  let written = 0;
  const { projector } = await projectWithClock({
    store,
    readModels: standBeforeCheckpoint(
      readModels,
      () => stands,
      () => say({ standing: true }),
    ),
    generation,
    measures,
    logger,
    sizes: { batch, customers },
    startFold: saying(openFoldThreads(threads).startFold),
    onWritten: () => say({ [`written ${++written}`]: true }),
    intervalMs: 60,
  });
  const found: Found = { position: projector.progress.position(), head: await store.head(), isTorn: wasTorn };
  say({ resumed: found });
}

/**
 * Reports `folded n` when the n-th batch is about to be announced and inserted, and the next one
 * has begun.
 */
function saying(startFold: StartFold): StartFold {
  return (options, streams) => {
    const folder = startFold(options, streams);
    let batches = 0;
    return {
      ...folder,
      async finish(upTo) {
        const folded = await folder.finish(upTo);
        say({ [`folded ${++batches}`]: true });
        return folded;
      },
    };
  };
}
