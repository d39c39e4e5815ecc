import { type Lane, parkedAt, type ReadModels } from '@touchstone/read-models';

/** Checkpoint of a generation's tables, or of one lane of them. */
export interface ResumePoint {
  readonly position: bigint;
  /**
   * Positions parked up to the checkpoint. Events beyond it are folded, and perhaps parked, again;
   * a retry beyond it is repeated, so an event that it took still counts as parked.
   */
  readonly parked: readonly bigint[];
  /** Proof of the log's event at the checkpoint; undefined if none was written. */
  readonly history: string | undefined;
}

/** Reads the checkpoint and fences the previous writer: its further writes are refused. */
export async function resumePoint(readModels: ReadModels, generation: number, lane?: Lane): Promise<ResumePoint> {
  const { position, history } = await readModels.resume(generation, lane);
  return { position, history: history || undefined, parked: await parkedUpTo(readModels, generation, position) };
}

const PARKED_PAGE = 500;

async function parkedUpTo({ clickhouse }: ReadModels, generation: number, position: bigint): Promise<bigint[]> {
  const parked: bigint[] = [];
  for (let after = 0n; ; ) {
    const page = await parkedAt(clickhouse, generation, { upTo: position, after, limit: PARKED_PAGE });
    parked.push(...page);
    if (page.length < PARKED_PAGE) return parked;
    after = page.at(-1)!;
  }
}
