import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { META_DATABASE } from '../migrations/migrate.ts';
import { ReadModelError } from '../read-model-error.ts';
import { type RebuildFact, rebuildsTable } from '../tables.ts';
import { claimNumber, createGeneration, type Generation, switchTo } from './generations.ts';

/** The right to rebuild, which one process has at a time. */
export interface RebuildClaim {
  /** Number of the generation that it fills. */
  readonly generation: number;
  /** Generations of rebuilds that have fallen silent: nobody fills them any more. */
  readonly abandoned: readonly number[];
  /** The new generation, empty. */
  create(measures: string, log?: string): Promise<Generation>;
  /** To be called more often than each {@link SILENT_MS}. @throws ReadModelError `fenced` once another has taken the right over. */
  renew(): Promise<void>;
  /** From now on the new generation answers. @throws ReadModelError `fenced` if that is another's to decide by now, or if not `before` answers. */
  switchFrom(before: number): Promise<void>;
  /** Others may rebuild. */
  end(): Promise<void>;
}

/** Times in ms since 1970, by the engine's clock. */
export interface RebuildUnderWay {
  readonly generation: number;
  readonly since: number;
  /** From then on another may rebuild, unless this one is heard of before. */
  readonly silentAt: number;
}

/** A rebuild that has not been heard of for so long was killed, or cannot reach the tables. */
export const SILENT_MS = 60_000;
const PAUSE_MAX_MS = 200;

/**
 * The right to rebuild, unless another process has it. Of those that ask at the same moment one gets it: whoever has claimed and then sees another claim
 * takes theirs back, and asks again a moment later; of two at least one sees the other. After a kill it is free once {@link SILENT_MS} are over.
 */
export async function claimRebuild(
  clickhouse: ClickHouse,
): Promise<{ readonly claim: RebuildClaim } | { readonly underWay: RebuildUnderWay }> {
  for (;;) {
    const open = await openRebuilds(clickhouse);
    const alive = open.find(isHeard);
    if (alive !== undefined) return { underWay: underWayOf(alive) };
    // From now on they can neither go on nor switch, should they only have been asleep.
    for (const { generation } of open) await note(clickhouse, generation, 'over');
    const generation = await claimNumber(clickhouse);
    await note(clickhouse, generation, 'claimed');
    const heard = (await openRebuilds(clickhouse)).filter(isHeard);
    if (heard.length === 1 && heard[0]!.generation === generation) {
      const abandoned = open.map((rebuild) => rebuild.generation);
      return { claim: claimOf(clickhouse, generation, abandoned) };
    }
    await note(clickhouse, generation, 'over');
    await pause(randomInt(PAUSE_MAX_MS));
  }
}

function claimOf(clickhouse: ClickHouse, generation: number, abandoned: readonly number[]): RebuildClaim {
  const isOpen = `(SELECT count() FROM ${REBUILDS} WHERE generation = ${generation} AND fact = 'over') = 0`;
  return {
    generation,
    abandoned,
    create: (measures, log = '') => createGeneration(clickhouse, measures, log, generation),
    renew: async () => {
      await note(clickhouse, generation, 'renewed', isOpen).catch((error: unknown) => {
        throw told(
          error,
          `Generation ${generation} is another's to rebuild by now: this process was silent for too long.`,
        );
      });
    },
    switchFrom: async (before) => {
      await switchTo(clickhouse, generation, { from: before, onlyIf: isOpen }).catch((error: unknown) => {
        throw told(
          error,
          `Generation ${generation} is not switched to: another process has rebuilt meanwhile, or has taken over because this one was silent for too long.`,
        );
      });
    },
    end: () => note(clickhouse, generation, 'over'),
  };
}

function told(error: unknown, message: string): unknown {
  const isFenced = error instanceof ReadModelError && error.code === 'fenced';
  return isFenced ? new ReadModelError('fenced', message, { cause: error }) : error;
}

const REBUILDS = `${META_DATABASE}.${rebuildsTable.name}`;

async function note(
  clickhouse: ClickHouse,
  generation: number,
  fact: RebuildFact['fact'],
  onlyIf?: string,
): Promise<void> {
  const conditions = onlyIf === undefined ? undefined : { onlyIf };
  await insertInto(clickhouse, META_DATABASE, rebuildsTable, [{ generation, fact }], conditions);
}

const openRow = z.object({
  generation: z.number(),
  since: z.coerce.number(),
  heardAt: z.coerce.number(),
  silentMs: z.coerce.number(),
});
type OpenRebuild = z.infer<typeof openRow>;

/** Those that are not over, whether they live or not. */
async function openRebuilds(clickhouse: ClickHouse): Promise<OpenRebuild[]> {
  return clickhouse.query(
    `SELECT generation, toUnixTimestamp64Milli(min(at)) AS since, toUnixTimestamp64Milli(max(at)) AS heardAt,
            toUnixTimestamp64Milli(now64(3)) - heardAt AS silentMs
     FROM ${REBUILDS} GROUP BY generation HAVING countIf(fact = 'over') = 0 ORDER BY generation`,
    {},
    openRow,
  );
}

function isHeard({ silentMs }: OpenRebuild): boolean {
  return silentMs < SILENT_MS;
}

function underWayOf({ generation, since, heardAt }: OpenRebuild): RebuildUnderWay {
  return { generation, since, silentAt: heardAt + SILENT_MS };
}
