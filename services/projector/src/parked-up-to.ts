import { listParked, type ReadModels } from '@touchstone/read-models';

const PARKED_PAGE = 500;

/** What was set aside and checkpointed; what lies beyond the checkpoint is folded, and perhaps set aside, again. */
export async function* parkedUpTo(
  readModels: ReadModels,
  generation: number,
  position: bigint,
): AsyncGenerator<bigint> {
  let after = 0n;
  for (;;) {
    const page = await listParked(readModels.clickhouse, generation, { after, limit: PARKED_PAGE });
    for (const item of page) if (item.position <= position) yield item.position;
    const last = page.at(-1);
    if (last === undefined || last.position >= position) return;
    after = last.position;
  }
}
