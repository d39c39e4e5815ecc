import { type Lane, parkedAt, type ReadModels } from '@touchstone/read-models';

/** Where the tables of a generation, or a lane of them, stand. */
export interface Standing {
  readonly position: bigint;
  /**
   * Positions of what was set aside and checkpointed; what lies beyond the checkpoint is folded, and perhaps set aside, again. A retry beyond it is
   * repeated, so what that took is set aside still.
   */
  readonly parked: readonly bigint[];
  /** Proof of what stood there in the log; undefined where none was written. */
  readonly history: string | undefined;
}

/** From now on whoever wrote there before is refused. */
export async function standing(readModels: ReadModels, generation: number, lane?: Lane): Promise<Standing> {
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
