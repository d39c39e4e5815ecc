/**
 * The embedded shape's projector and clock, until it is killed. A hundred runs load it: it names the files that it needs, where a
 * package would bring Kafka and HTTP along.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { openReadModels } from '@touchstone/read-models';
import { z } from 'zod';
import { createLogger } from '../../packages/runtime/src/logger.ts';
import { openFoldThreads } from '../../services/projector/src/fold-threads.ts';
import type { StartFolder } from '../../services/projector/src/folder.ts';
import { projectWithClock } from '../../services/projector/src/project-with-clock.ts';
import { onOrder, say } from './doomed-program.ts';

export interface ProjectOrder {
  readonly eventStoreUrl: string;
  readonly clickhouseUrl: string;
  readonly generation: number;
  readonly definitions: readonly Definition[];
  /** Of them half fold, see `openFoldThreads`. */
  readonly threads: number;
  /** Events of one batch. */
  readonly batch: number;
  /** Customers kept in memory. */
  readonly customers: number;
}

/** Said once it is up: what the kill before has left. */
export interface Found {
  readonly position: bigint;
  readonly head: bigint;
  /** Moments of a batch are in the table and its checkpoint is not. */
  readonly isTorn: boolean;
}

const tornRow = z.object({ isTorn: z.coerce.boolean() });
const TORN = `SELECT (SELECT max(moments.position) FROM {database:Identifier}.moments)
  > (SELECT max(checkpoints.position) FROM {database:Identifier}.checkpoints) AS isTorn`;

onOrder<ProjectOrder>(async (order) => {
  const store = await openEventStore(order.eventStoreUrl);
  for (;;) {
    try {
      return await project(order, store);
    } catch (error) {
      // A server that cannot be used ends a program at its start, and whoever started it starts it again.
      if ((error as { code?: string }).code !== 'unavailable') throw error;
      await pause(100);
    }
  }
});

async function project(order: ProjectOrder, store: EventStore): Promise<void> {
  const { clickhouseUrl, generation, definitions, threads, batch, customers } = order;
  const logger = createLogger({ level: 'error' });
  const readModels = await openReadModels(clickhouseUrl);
  const [torn] = await readModels.clickhouse.query(TORN, { database: `touchstone_${generation}` }, tornRow);
  const measures = { policy: policyV1, definitions: definitionsByType(definitions) };
  let written = 0;
  const { projector } = await projectWithClock({
    store,
    readModels,
    generation,
    measures,
    logger,
    sizes: { batch, customers },
    startFolder: saying(openFoldThreads(threads).startFolder),
    onWritten: () => say({ [`written ${++written}`]: true }),
    intervalMs: 60,
  });
  const found: Found = { position: projector.progress.position(), head: await store.head(), isTorn: torn!.isTorn };
  say({ resumed: found });
}

/** Says `folded n` when the n-th batch is about to be announced and inserted, and the next one is begun. */
function saying(startFolder: StartFolder): StartFolder {
  return (options, streams) => {
    const folder = startFolder(options, streams);
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
