import { z } from 'zod';
import type { Forgotten } from '../encoding/batch.ts';
import type { ClickHouse, Parameters } from '../engine/clickhouse.ts';
import { databaseOf } from '../generations/generations.ts';
import { ReadModelError } from '../read-model-error.ts';
import { tableOf } from '../tables.ts';

const holdsRow = z.object({ holds: z.coerce.boolean() });

/**
 * Deletes all rows of these customers and records which of their events have left the log.
 * `onlyIf`: SQL condition without which nothing is done.
 * @throws ReadModelError `fenced`.
 */
export async function forgetCustomers(
  clickhouse: ClickHouse,
  database: string,
  forgotten: readonly Forgotten[],
  onlyIf?: string,
): Promise<void> {
  if (onlyIf !== undefined) {
    const [claim] = await clickhouse.query(`SELECT (${onlyIf}) AS holds`, { database }, holdsRow);
    if (!claim!.holds) throw new ReadModelError('fenced', 'Another process writes what this one wrote.');
  }
  const { isTheirs, hasLeft, params } = conditionsOf(forgotten);
  const all = { ...params, database };
  const left = (from: string, where: string) =>
    `INSERT INTO {database:Identifier}.left_events (position, source, customer_id)
     SELECT position, source, customer_id FROM {database:Identifier}.${from} WHERE ${where}`;
  await clickhouse.command(left('moments', hasLeft), all);
  await clickhouse.command(left('parked FINAL', `retried_at = 0 AND (${hasLeft})`), all);
  for (const { name } of Object.values(tableOf)) {
    await clickhouse.command(`DELETE FROM {database:Identifier}.${name} WHERE ${isTheirs}`, all);
  }
}

function conditionsOf(forgotten: readonly Forgotten[]) {
  const params: Record<string, Parameters[string]> = {};
  const theirs: string[] = [];
  const left: string[] = [];
  for (const [at, { customerId, leftBefore }] of forgotten.entries()) {
    params[`customer${at}`] = customerId;
    params[`leftBefore${at}`] = leftBefore;
    theirs.push(`customer_id = {customer${at}:String}`);
    left.push(`(customer_id = {customer${at}:String} AND position < {leftBefore${at}:UInt64})`);
  }
  return { params, isTheirs: theirs.join(' OR '), hasLeft: left.join(' OR ') };
}

/**
 * Copies the record of events that left the log from another generation of the same log, because a
 * scavenged log no longer contains it.
 */
export async function takeOverLeft(clickhouse: ClickHouse, from: number, to: number): Promise<void> {
  const params = { from: databaseOf(from), to: databaseOf(to) };
  await clickhouse.command(
    `INSERT INTO {to:Identifier}.left_events (position, source, customer_id)
     SELECT position, source, customer_id FROM {from:Identifier}.left_events FINAL`,
    params,
  );
}
