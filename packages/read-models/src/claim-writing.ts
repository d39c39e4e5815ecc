import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ClickHouse } from './clickhouse.ts';
import { insertInto } from './insert-into.ts';
import { ReadModelError } from './read-model-error.ts';
import { momentsTable, writersTable } from './tables.ts';

/** How long the inserts of an earlier writer are waited for; then whoever asked is told to try again. */
const WAIT_MS = 30_000;
const LONGEST_PAUSE_MS = 500;

/**
 * Takes the writing of a generation over from whoever had it. When it resolves, no insert of moments that was sent before can appear any more, however
 * late a server gets it or finishes it: one that begins from now on finds a greater epoch than its own and is refused, and those that had begun are
 * waited for. Resolves to the claim that inserts of moments are made under.
 *
 * A server that is several machines behind one address is waited for on the one that answers.
 * @throws ReadModelError `unavailable` while an earlier insert does not end.
 */
export async function claimWriting(clickhouse: ClickHouse, database: string): Promise<string> {
  const epoch = (await greatestEpoch(clickhouse, database)) + 1n;
  await insertInto(clickhouse, database, writersTable, [{ epoch }]);
  const giveUpAt = performance.now() + WAIT_MS;
  for (let pauseMs = 10; (await insertsUnderWay(clickhouse, database)) > 0; pauseMs *= 2) {
    if (performance.now() > giveUpAt) {
      throw new ReadModelError(
        'unavailable',
        `ClickHouse at ${clickhouse.name} has been busy for ${WAIT_MS} ms with an insert into ${database} that an earlier writer began.`,
      );
    }
    await pause(Math.min(pauseMs, LONGEST_PAUSE_MS));
  }
  return `(SELECT max(epoch) FROM ${database}.${writersTable.name}) = ${epoch}`;
}

const epochRow = z.object({ epoch: z.string().transform(BigInt) });

async function greatestEpoch(clickhouse: ClickHouse, database: string): Promise<bigint> {
  const sql = `SELECT toString(max(epoch)) AS epoch FROM {database:Identifier}.${writersTable.name}`;
  const [row] = await clickhouse.query(sql, { database }, epochRow);
  return row!.epoch;
}

const countRow = z.object({ inserts: z.coerce.number() });

async function insertsUnderWay(clickhouse: ClickHouse, database: string): Promise<number> {
  const [row] = await clickhouse.query(
    `SELECT count() AS inserts FROM system.processes WHERE query_kind = 'Insert' AND startsWith(query, {insert:String})`,
    { insert: `INSERT INTO ${database}.${momentsTable.name} ` },
    countRow,
  );
  return row!.inserts;
}
