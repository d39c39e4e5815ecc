import { statfs } from 'node:fs/promises';
import type { EventStore } from '@touchstone/event-store';
import type { Rebuild } from '@touchstone/operations';
import { readLag } from '@touchstone/query';
import {
  type Overview,
  overview,
  projectedCounts,
  type ReadModels,
  type TableSize,
  tableSizes,
} from '@touchstone/read-models';

export interface FigureSources {
  readonly store: EventStore;
  readonly readModels: Pick<ReadModels, 'clickhouse'>;
  /** Number of the generation in force. */
  readonly generation: () => number;
  /** Position up to which the generation in force is complete. */
  readonly projected: () => bigint;
  readonly rebuild: Pick<Rebuild, 'status'>;
  /** Number of events that a restored log no longer held; 0 once they are dismissed. */
  readonly lostEvents: () => Promise<number>;
  /** Undefined if the process keeps no data of its own. */
  readonly dataFolder?: string | undefined;
}

/** Where events stand on their way. Counts are of published events. */
export interface Positions {
  readonly generation: number;
  readonly log: bigint;
  readonly projected: bigint;
  readonly lagMs: number;
  readonly accepted: number;
  /** Events that were accepted and have been cut from the log since. */
  readonly cut: number;
  /** Stored events without the cut ones. */
  readonly stored: number;
  readonly moments: number;
  readonly parked: number;
  /**
   * Whether nothing was under way during the read. If so, stored = moments + parked, or events are
   * missing.
   */
  readonly isAtRest: boolean;
  /** ms since 1970. */
  readonly readAt: number;
}

/** Cheap at any size of the log: no table is scanned. */
export async function readPositions(sources: FigureSources): Promise<Positions> {
  const { store, readModels } = sources;
  const generation = sources.generation();
  // The order matters: if the log's end, read last, is not beyond the projected position, read
  // first, nothing came or went in between.
  const projected = sources.projected();
  const rows = await projectedCounts(readModels.clickhouse, generation);
  const counts = await store.counts();
  const log = await store.head();
  return {
    generation,
    log,
    projected,
    lagMs: log <= projected ? 0 : await readLag(store, projected),
    accepted: counts.accepted,
    cut: rows.cut,
    stored: counts.stored - rows.cut,
    moments: rows.moments,
    parked: rows.parked,
    isAtRest: log <= projected && generation === sources.generation(),
    readAt: Date.now(),
  };
}

export interface State {
  readonly overview: Overview;
  readonly tables: readonly TableSize[];
}

/** Scans the tables of customers, journeys and promises: some ten milliseconds per million rows. */
export async function readState({ readModels, generation }: FigureSources): Promise<State> {
  const number = generation();
  const [figures, tables] = await Promise.all([
    overview(readModels.clickhouse, number, { latestTrustChanges: 1 }),
    tableSizes(readModels.clickhouse, number),
  ]);
  return { overview: figures, tables };
}

/** The file system that holds the data folder, in bytes. */
export interface Disk {
  readonly free: number;
  readonly size: number;
}

export async function readDisk(dataFolder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(dataFolder);
  return { free: bavail * bsize, size: blocks * bsize };
}
