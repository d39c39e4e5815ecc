import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { insertInto } from '../encoding/insert-into.ts';
import type { ClickHouse } from '../engine/clickhouse.ts';
import { META_DATABASE } from '../migrations/migrate.ts';
import { ReadModelError } from '../read-model-error.ts';
import { type RebuildFact, rebuildsTable } from '../tables.ts';
import { claimNumber, createGeneration, type Generation, switchTo } from './generations.ts';

/** The exclusive right to rebuild, held by one process at a time. */
export interface RebuildClaim {
  /** Number of the generation that the holder fills. */
  readonly generation: number;
  /** Generations of rebuilds that have gone silent: nobody fills them any more. */
  readonly abandoned: readonly number[];
  /** Creates the new generation, empty. */
  create(measures: string, log?: string): Promise<Generation>;
  /**
   * Renews the claim; call it more often than every {@link SILENT_MS}.
   * @throws ReadModelError `fenced` once another process has taken it over.
   */
  renew(): Promise<void>;
  /**
   * Switches queries to the new generation.
   * @throws ReadModelError `fenced` if another process has taken the claim over, or if `before` is
   * not the current generation.
   */
  switchFrom(before: number): Promise<void>;
  /** Releases the claim. */
  end(): Promise<void>;
}

/** A running rebuild; times in ms since 1970 by the engine's clock. */
export interface RebuildUnderWay {
  readonly generation: number;
  readonly since: number;
  /** From this time another process may rebuild, unless this one renews its claim first. */
  readonly silentAt: number;
}

/**
 * A rebuild that has not renewed its claim for this long, in ms, was killed or cannot reach the
 * tables.
 */
export const SILENT_MS = 60_000;
const PAUSE_MAX_MS = 200;

/**
 * Claims the right to rebuild unless another process holds it; after a kill it is free once {@link
 * SILENT_MS} have passed. A process that sees another claim beside its own withdraws and retries
 * after a random pause; at least one of two sees the other, so at most one wins.
 */
export async function claimRebuild(
  clickhouse: ClickHouse,
): Promise<{ readonly claim: RebuildClaim } | { readonly underWay: RebuildUnderWay }> {
  for (;;) {
    const open = await openRebuilds(clickhouse);
    const alive = open.find(isHeard);
    if (alive !== undefined) return { underWay: underWayOf(alive) };
    // Ends the silent rebuilds, so that a process that was only suspended can neither go on nor
    // switch.
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

/** Rebuilds that have not ended, including silent ones. */
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
