import type { Batch } from './encoding/batch.ts';
import type { ClickHouse, QuestionLimits } from './engine/clickhouse.ts';
import { letMergesGiveWay } from './engine/embedded-engine.ts';
import { openClickHouse } from './engine/open-clickhouse.ts';
import { claimRebuild, type RebuildClaim, type RebuildUnderWay } from './generations/claim-rebuild.ts';
import {
  adoptGeneration,
  createGeneration,
  currentGeneration,
  type Distrust,
  distrustGeneration,
  dropGeneration,
  type Generation,
  keepGeneration,
  listDistrusts,
  listGenerations,
  openGenerations,
  switchTo,
} from './generations/generations.ts';
import { type Verification, verifyGeneration } from './generations/verify-generation.ts';
import type { Checkpoint } from './tables.ts';
import { takeOverLeft } from './writing/forget-customers.ts';
import { historiesOf, type Lane, projectedTo, WHOLE } from './writing/lanes.ts';
import { type BatchWriter, batchWriter } from './writing/write-batch.ts';

/** The read model: generations, and the way into them. Questions are functions of their own, over `clickhouse` and a generation's number. */
export interface ReadModels {
  readonly clickhouse: ClickHouse;
  /** Those that exist, oldest first. */
  listGenerations(): Promise<Generation[]>;
  /** The one in force, that answers questions; `null` before the first switch. */
  currentGeneration(): Promise<Generation | null>;
  /** A new, empty one. `measures` is JSON text: the definitions and policy that it will be measured with. `log` names the log that it will be of. */
  createGeneration(measures: string, log?: string): Promise<Generation>;
  /** See {@link adoptGeneration}. */
  adoptGeneration(generation: number, log: string): Promise<void>;
  /** See {@link keepGeneration}. */
  keepGeneration(generation: number, why: string): Promise<void>;
  /** See {@link historiesOf}. */
  histories(generation: number): Promise<readonly string[]>;
  /** See {@link takeOverLeft}. */
  takeOverLeft(from: number, to: number): Promise<void>;
  switchTo(generation: number): Promise<void>;
  /** See {@link claimRebuild}. For a system of several processes; where one does everything there is nobody to ask. */
  claimRebuild(): Promise<{ readonly claim: RebuildClaim } | { readonly underWay: RebuildUnderWay }>;
  /** @throws ReadModelError `invalid` for the one in force. */
  dropGeneration(generation: number): Promise<void>;
  /** Everything up to this position of the log is in the tables, of all customers and whoever wrote it. */
  projected(generation: number): Promise<bigint>;
  /** See {@link BatchWriter}. Without a lane one writer writes for everybody. */
  resume(generation: number, lane?: Lane): Promise<Checkpoint>;
  /** See {@link BatchWriter}. */
  writeBatch(generation: number, batch: Batch, lane?: Lane): Promise<void>;
  verify(generation: number): Promise<Verification>;
  /** Nothing is to be shown of its rows any more, because of this; known to every process. */
  distrust(generation: number, reason: string): Promise<void>;
  /** All that there were, oldest first. */
  listDistrusts(): Promise<Distrust[]>;
  close(): Promise<void>;
}

/**
 * Open the read model that the URL names (`chdb:/absolute/folder` or `http(s)://user:password@host:8123`), and bring every generation in it to the newest
 * migrations. One process at a time writes to a lane of a generation. The limits are those of questions from outside, see {@link ClickHouse.forAsker}.
 * @throws ReadModelError `invalid`, `locked`, `corrupt`, `denied`, `unavailable`, `migration-changed`.
 */
export async function openReadModels(url: string, limits?: QuestionLimits): Promise<ReadModels> {
  const clickhouse = await openClickHouse(url, limits);
  try {
    await openGenerations(clickhouse);
    if (clickhouse.isOurs) letMergesGiveWay();
  } catch (error) {
    await clickhouse.close();
    throw error;
  }
  const writers = new Map<number, Map<string, BatchWriter>>();
  const writerOf = (generation: number, lane: Lane): BatchWriter => {
    const lanes = writers.get(generation) ?? new Map<string, BatchWriter>();
    writers.set(generation, lanes);
    const name = `${lane.index}/${lane.of}`;
    const writer = lanes.get(name) ?? batchWriter(clickhouse, generation, lane);
    lanes.set(name, writer);
    return writer;
  };
  return {
    clickhouse,
    listGenerations: () => listGenerations(clickhouse),
    currentGeneration: () => currentGeneration(clickhouse),
    createGeneration: (measures, log = '') => createGeneration(clickhouse, measures, log),
    adoptGeneration: (generation, log) => adoptGeneration(clickhouse, generation, log),
    keepGeneration: (generation, why) => keepGeneration(clickhouse, generation, why),
    histories: (generation) => historiesOf(clickhouse, generation),
    takeOverLeft: (from, to) => takeOverLeft(clickhouse, from, to),
    switchTo: (generation) => switchTo(clickhouse, generation),
    claimRebuild: () => claimRebuild(clickhouse),
    dropGeneration: async (generation) => {
      await dropGeneration(clickhouse, generation);
      writers.delete(generation);
    },
    projected: (generation) => projectedTo(clickhouse, generation),
    resume: async (generation, lane = WHOLE) => writerOf(generation, lane).resume(),
    writeBatch: async (generation, batch, lane = WHOLE) => writerOf(generation, lane).writeBatch(batch),
    verify: (generation) => verifyGeneration(clickhouse, generation),
    distrust: (generation, reason) => distrustGeneration(clickhouse, generation, reason),
    listDistrusts: () => listDistrusts(clickhouse),
    close: () => clickhouse.close(),
  };
}
