import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { QuestionLimits } from '../engine/clickhouse.ts';
import { projectedCounts } from '../queries/projected-counts.ts';
import { ReadModelError, type ReadModelErrorCode } from '../read-model-error.ts';
import { openReadModels, type ReadModels } from '../read-models.ts';

/**
 * Errors of an embedded folder that refilling it mends; a lock, missing rights, a full disk and the
 * like are not among them.
 */
const DAMAGE: ReadonlySet<ReadModelErrorCode> = new Set(['corrupt', 'migration-changed', 'query']);

export interface SetAside {
  /** The folder's new path. */
  readonly to: string;
  /** The reason, in one sentence. */
  readonly why: string;
}

/**
 * Like {@link openReadModels}, for an embedded folder: moves one that is damaged, or that another
 * build's migrations wrote, aside (`clickhouse.damaged-20261129T221500Z`, only the last is kept),
 * and opens an empty one to be filled from the log. `onSetAside` is called before that.
 * @throws ReadModelError if the folder is not the cause.
 */
export async function openOrSetAside(
  folder: string,
  limits: QuestionLimits | undefined,
  onSetAside: (aside: SetAside) => void,
): Promise<ReadModels> {
  try {
    return await openWhole(folder, limits);
  } catch (error) {
    if (!(error instanceof ReadModelError && DAMAGE.has(error.code))) throw error;
    const to = setAside(folder);
    onSetAside({ to, why: whyOf(error) });
    return openReadModels(`chdb:${folder}`, limits);
  }
}

const brokenRow = z.object({ table: z.string() });

/**
 * Opens the folder and checks the shared tables, which list the generations: if a part of them is
 * lost, nothing else can be trusted. Reads also where the generation in force stands, without which
 * projection cannot go on; damaged rows are found later, against their proof.
 */
async function openWhole(folder: string, limits: QuestionLimits | undefined): Promise<ReadModels> {
  const readModels = await openReadModels(`chdb:${folder}`, limits);
  try {
    const sql = `SELECT table FROM system.detached_parts WHERE database = 'touchstone' AND startsWith(ifNull(reason, ''), 'broken')`;
    const [broken] = await readModels.clickhouse.query(sql, {}, brokenRow);
    if (broken !== undefined) throw new ReadModelError('corrupt', `a part of the table ${broken.table} is broken`);
    const current = await readModels.currentGeneration();
    if (current !== null) await readStanding(readModels, current.number);
    return readModels;
  } catch (error) {
    await readModels.close();
    throw error;
  }
}

/** Reads everything that the projector reads before its first batch. */
async function readStanding(readModels: ReadModels, generation: number): Promise<void> {
  await readModels.resume(generation);
  await readModels.histories(generation);
  await projectedCounts(readModels.clickhouse, generation);
}

function setAside(folder: string): string {
  const [parent, name] = [dirname(folder), basename(folder)];
  const isEarlier = (other: string) => other.startsWith(`${name}.damaged-`);
  for (const earlier of readdirSync(parent).filter(isEarlier)) rmSync(join(parent, earlier), { recursive: true });
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const to = `${folder}.damaged-${stamp}`;
  renameSync(folder, to);
  return to;
}

const WHY: Partial<Record<ReadModelErrorCode, string>> = {
  'migration-changed': 'its tables were made by another build',
};

function whyOf({ code, message }: ReadModelError): string {
  return WHY[code] ?? `it is damaged (${message.slice(0, 300)})`;
}
