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
import { type ComparedLanes, type Verification, verifyGeneration } from './generations/verify-generation.ts';
import type { Checkpoint } from './tables.ts';
import { takeOverLeft } from './writing/forget-customers.ts';
import { historiesOf, type Lane, projectedTo, WHOLE } from './writing/lanes.ts';
import { type BatchWriter, batchWriter } from './writing/write-batch.ts';

/**
 * The read model: its generations and its writers. Queries are separate functions over `clickhouse`
 * and a generation's number.
 */
export interface ReadModels {
  readonly clickhouse: ClickHouse;
  /** All existing generations, oldest first. */
  listGenerations(): Promise<Generation[]>;
  /** The generation that answers queries; `null` before the first switch. */
  currentGeneration(): Promise<Generation | null>;
  /**
   * Creates an empty generation. `measures` is JSON text: the definitions and policy that it is
   * computed with; `log` names the log that it is filled from.
   */
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
  /** See {@link claimRebuild}; needed only in a system of several processes. */
  claimRebuild(): Promise<{ readonly claim: RebuildClaim } | { readonly underWay: RebuildUnderWay }>;
  /**
   * @throws ReadModelError `invalid` for the current generation.
   */
  dropGeneration(generation: number): Promise<void>;
  /** The log position up to which all events are in the tables, whichever writers wrote them. */
  projected(generation: number): Promise<bigint>;
  /** See {@link BatchWriter}. Without a lane, one writer writes all customers. */
  resume(generation: number, lane?: Lane): Promise<Checkpoint>;
  /** See {@link BatchWriter}. */
  writeBatch(generation: number, batch: Batch, lane?: Lane): Promise<void>;
  verify(generation: number, compared?: ComparedLanes): Promise<Verification>;
  /** Marks the generation's rows as not to be shown, for this reason; every process sees it. */
  distrust(generation: number, reason: string): Promise<void>;
  /** All distrust records, oldest first. */
  listDistrusts(): Promise<Distrust[]>;
  close(): Promise<void>;
}

/**
 * Opens the read model at the URL (`chdb:/absolute/folder` or `http(s)://user:password@host:8123`)
 * and migrates every generation in it; one process at a time writes a lane of a generation.
 * `limits` apply to queries of outside callers, see {@link ClickHouse.forAsker}.
 * @throws ReadModelError `invalid`, `locked`, `corrupt`, `denied`, `unavailable`,
 * `migration-changed`.
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
    verify: (generation, compared) => verifyGeneration(clickhouse, generation, compared),
    distrust: (generation, reason) => distrustGeneration(clickhouse, generation, reason),
    listDistrusts: () => listDistrusts(clickhouse),
    close: () => clickhouse.close(),
  };
}
