import { parkedAt, type ReadModels } from '@touchstone/read-models';

const PARKED_PAGE = 500;

/**
 * Positions of what was set aside and checkpointed; what lies beyond the checkpoint is folded, and perhaps set aside, again. A retry beyond it is
 * repeated, so what that took is set aside still.
 */
export async function parkedUpTo({ clickhouse }: ReadModels, generation: number, position: bigint): Promise<bigint[]> {
  const parked: bigint[] = [];
  for (let after = 0n; ; ) {
    const page = await parkedAt(clickhouse, generation, { upTo: position, after, limit: PARKED_PAGE });
    parked.push(...page);
    if (page.length < PARKED_PAGE) return parked;
    after = page.at(-1)!;
  }
}
