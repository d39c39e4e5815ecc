import type { Where } from '@touchstone/api';
import { timeParameter } from '../engine/sql-time.ts';
import { type Conditions, EPSILON } from '../queries/conditions.ts';

/** The type of the events that are steps. */
const MOMENT = 'touchstone.moment.recorded.v1';
export const IS_MOMENT = `type = '${MOMENT}'`;
export const IS_FAILURE = `${IS_MOMENT} AND outcome != 'succeeded'`;

/** Number of touchpoints and of channels that a journey's row keeps: NAMES_OF_JOURNEY_MAX. */
export const NAMES_KEPT = 256;

/**
 * SQL of a case's variant: the first 16 hexadecimal digits of the SHA-256 of its touchpoints, in
 * order, joined by newlines.
 */
export function variantOf(touchpoints: string): string {
  return `lower(hex(substring(SHA256(arrayStringConcat(${touchpoints}, '\\n')), 1, 8)))`;
}

/** SQL of the touchpoints of a group of moments, in the order of a case's steps. */
export const TOUCHPOINTS_IN_ORDER =
  'arrayMap(step -> step.3, arraySort(groupArray((time, position, toString(touchpoint)))))';

/** Adds the filters to conditions on rows of `journeys FINAL`; `now` in ms. */
export function addJourneyFilters(wanted: Conditions, where: Where, now: number): void {
  const { from, to, minScore, maxScore, touchpoint, channel } = where;
  wanted.add('customer_id = {customerId:String}', { customerId: where.customerId });
  wanted.add('type = {type:String}', { type: where.type });
  wanted.add('status = {status:String}', { status: where.status });
  wanted.add(`score > {minScore:Float64} - ${EPSILON}`, { minScore });
  wanted.add(`score <= {maxScore:Float64} + ${EPSILON}`, { maxScore });
  wanted.add('level = {level:String}', { level: where.level });
  wanted.add(`started_at >= ${timeParameter('from')}`, { from });
  wanted.add(`started_at < ${timeParameter('to')}`, { to });
  wanted.add(
    'customer_id IN (SELECT customer_id FROM {database:Identifier}.customers FINAL WHERE stage = {stage:String})',
    { stage: where.stage },
  );
  addNameFilter(wanted, 'touchpoint', touchpoint);
  addNameFilter(wanted, 'channel', channel);
  addAttributeFilters(
    wanted,
    where,
    (name) => `mapContains(attributes, ${name})`,
    (name) => `attributes[${name}]`,
  );
  addClaim(wanted, where.hasFailure, 'failures > 0');
  addClaim(wanted, where.hasBrokenPromise, 'broken_promises > 0');
  addClaim(
    wanted,
    where.hasComplaint,
    "(customer_id, journey_id) IN (SELECT customer_id, journey_id FROM {database:Identifier}.complaints FINAL WHERE journey_id != '')",
  );
  addStepFilters(wanted, where, now);
}

/** Adds a claim that must hold, or must not. */
export function addClaim(wanted: Conditions, claim: boolean | undefined, sql: string): void {
  if (claim !== undefined) wanted.add(claim ? sql : `NOT (${sql})`, {});
}

/** A journey's row knows its first names; only of a journey with more the moments are asked. */
function addNameFilter(wanted: Conditions, column: 'touchpoint' | 'channel', name: string | undefined): void {
  const inMoments = `SELECT customer_id, journey_id FROM {database:Identifier}.moments
    WHERE ${IS_MOMENT} AND ${column} = {${column}:String} AND (customer_id, journey_id) IN (
      SELECT customer_id, journey_id FROM {database:Identifier}.journeys FINAL WHERE length(${column}s) >= ${NAMES_KEPT})`;
  wanted.add(`(has(${column}s, {${column}:String}) OR (customer_id, journey_id) IN (${inMoments}))`, {
    [column]: name,
  });
}

/** Adds a condition per attribute; `has` and `value` are SQL of a name's presence and text. */
export function addAttributeFilters(
  wanted: Conditions,
  { attributes = {} }: Pick<Where, 'attributes'>,
  has: (name: string) => string,
  value: (name: string) => string,
): void {
  for (const [i, [name, text]] of Object.entries(attributes).entries()) {
    const [key, wantedText] = [`attribute${i}`, `attributeValue${i}`];
    wanted.add(`(${has(`{${key}:String}`)} AND ${value(`{${key}:String}`)} = {${wantedText}:String})`, {
      [key]: name,
      [wantedText]: text,
    });
  }
}

/** Adds what only the moments of a journey tell, with one pass over them. */
function addStepFilters(wanted: Conditions, where: Where, now: number): void {
  const { team, site, variant, stuckAt, idleFor, type, from } = where;
  if (team === undefined && site === undefined && variant === undefined && stuckAt === undefined) return;
  const rows = [IS_MOMENT, "journey_id != ''"];
  if (type !== undefined) rows.push('journey_type = {type:String}');
  if (from !== undefined) rows.push(`time >= ${timeParameter('from')}`);
  const groups: string[] = [];
  if (team !== undefined) groups.push('countIf(actor_team = {team:String}) > 0');
  if (site !== undefined) groups.push('countIf(actor_site = {site:String}) > 0');
  if (variant !== undefined) groups.push(`${variantOf(TOUCHPOINTS_IN_ORDER)} = {variant:String}`);
  if (stuckAt !== undefined) {
    groups.push(
      'argMax(touchpoint, (time, position)) = {stuckAt:String}',
      `max(time) <= ${timeParameter('idleSince')}`,
    );
    wanted.add("status = 'open'", {});
  }
  const given = { team, site, variant, stuckAt, idleSince: idleFor === undefined ? undefined : now - idleFor };
  wanted.add(
    `(customer_id, journey_id) IN (SELECT customer_id, journey_id FROM {database:Identifier}.moments
      WHERE ${rows.join(' AND ')} GROUP BY customer_id, journey_id HAVING ${groups.join(' AND ')})`,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
}
