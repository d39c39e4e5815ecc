import type { Where } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { milliseconds, timeParameter } from '../engine/sql-time.ts';
import { type Conditions, conditions } from '../queries/conditions.ts';
import type { Binder } from './bind-values.ts';
import type { CasesAsked, DefinitionAsked, QuestionContext } from './cases.ts';
import {
  addAttributeFilters,
  addClaim,
  IS_FAILURE,
  IS_MOMENT,
  TOUCHPOINTS_IN_ORDER,
  variantOf,
} from './select-journeys.ts';

/** Days after which an open journey is abandoned, unless its definition says otherwise. */
const ABANDON_AFTER_DAYS = 30;

const IS_COMPLETED = "type = 'touchstone.journey.completed.v1'";
const ABANDONED = "'touchstone.journey.abandoned.v1'";

/**
 * SQL of journeys as the events told of them that had happened by `asOf` and were stored by
 * `knownAt`: columns like those of the table `journeys`, without what is not kept for the past, and
 * those of `more`, which are aggregates over the moments of a journey.
 */
export function pastJourneys(
  asked: CasesAsked,
  { now, definitions }: QuestionContext,
  bind: Binder,
  more: Readonly<Record<string, string>> = {},
): { readonly sql: string; readonly params: Conditions['params'] } {
  const { where } = asked;
  const rows = conditions();
  rows.add("journey_id != ''", {});
  rows.add(`time <= ${timeParameter('asOf')}`, { asOf: asked.asOf });
  rows.add(`recorded_at <= ${timeParameter('knownAt')}`, { knownAt: asked.knownAt });
  rows.add('customer_id = {customerId:String}', { customerId: where.customerId });
  rows.add('journey_type = {type:String}', { type: where.type });
  const groups = conditions();
  groups.add(`countIf(${IS_MOMENT}) > 0`, {});
  addFilters(groups, where, now);
  const { completes, abandonMs } = endings(definitions, bind);
  const columns = {
    ...more,
    past_type: 'toString(any(journey_type))',
    past_started: 'min(time)',
    past_last: 'max(time)',
    past_moments: `countIf(${IS_MOMENT})`,
    past_failures: `countIf(${IS_FAILURE})`,
    past_completed: `argMinIf(toNullable(time), position, ${completes})`,
    past_abandoned: `argMax(type, position) = ${ABANDONED}`,
    past_latest: 'argMax(time, position)',
    past_abandon_ms: abandonMs,
  };
  const selected = Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`);
  const deadline = `(${milliseconds('past_last')} + past_abandon_ms)`;
  const status = conditions();
  status.add('status = {status:String}', { status: where.status });
  if (where.stuckAt !== undefined) status.add("status = 'open'", {});
  const sql = `(SELECT customer_id, journey_id, past_type AS type,
      multiIf(past_completed IS NOT NULL, 'completed', past_abandoned OR ${deadline} < ${bind.number(now)}, 'abandoned', 'open') AS status,
      past_started AS started_at, past_last AS last_at,
      multiIf(status = 'completed', past_completed, status = 'open', NULL, past_abandoned, past_latest,
        fromUnixTimestamp64Milli(toInt64(${deadline}), 'UTC')) AS ended_at,
      CAST(NULL, 'Nullable(Float64)') AS score, '' AS level, past_moments AS moments, past_failures AS failures,
      0 AS broken_promises, 0 AS promises_kept_late, 0 AS open_complaints${Object.keys(more)
        .map((name) => `, ${name}`)
        .join('')}
    FROM (SELECT customer_id, journey_id, ${selected.join(', ')}
      FROM {database:Identifier}.moments ${rows.where()}
      GROUP BY customer_id, journey_id HAVING ${groups.all()})
    ${status.where()})`;
  return { sql, params: () => ({ ...rows.params(), ...groups.params(), ...status.params() }) };
}

/** The latest value of an attribute, as an aggregate over a journey's events. */
export const latestAttribute = (name: string) =>
  `argMaxIf(attributes[${name}], position, mapContains(attributes, ${name}))`;

function addFilters(wanted: Conditions, where: Where, now: number): void {
  const some = (column: string, parameter: 'touchpoint' | 'channel' | 'team' | 'site') =>
    wanted.add(`countIf(${IS_MOMENT} AND ${column} = {${parameter}:String}) > 0`, { [parameter]: where[parameter] });
  wanted.add(`min(time) >= ${timeParameter('from')}`, { from: where.from });
  wanted.add(`min(time) < ${timeParameter('to')}`, { to: where.to });
  some('touchpoint', 'touchpoint');
  some('channel', 'channel');
  some('actor_team', 'team');
  some('actor_site', 'site');
  addAttributeFilters(wanted, where, (name) => `countIf(mapContains(attributes, ${name})) > 0`, latestAttribute);
  addClaim(wanted, where.hasFailure, `countIf(${IS_FAILURE}) > 0`);
  const touchpoints = TOUCHPOINTS_IN_ORDER.replace('groupArray(', 'groupArrayIf(').replace(
    'toString(touchpoint))',
    `toString(touchpoint)), ${IS_MOMENT}`,
  );
  wanted.add(`${variantOf(touchpoints)} = {variant:String}`, { variant: where.variant });
  wanted.add(
    `(argMaxIf(touchpoint, (time, position), ${IS_MOMENT}) = {stuckAt:String} AND maxIf(time, ${IS_MOMENT}) <= ${timeParameter('idleSince')})`,
    { stuckAt: where.stuckAt, idleSince: where.idleFor === undefined ? undefined : now - where.idleFor },
  );
}

/** SQL of the events that complete a journey, and of the time after which it is abandoned. */
function endings(definitions: ReadonlyMap<string, DefinitionAsked>, bind: Binder) {
  const endings = [...definitions].flatMap(([type, { completesOn = [] }]) => completesOn.map((name) => [type, name]));
  const isLast =
    endings.length === 0
      ? 'false'
      : `has(${bind.json(endings, 'Array(Tuple(String, String))')}, (toString(journey_type), toString(touchpoint)))`;
  const patience = [...definitions].flatMap(([type, { abandonAfterDays: days }]) =>
    days === undefined ? [] : [[type, Math.round(days * DAY_MS)] as const],
  );
  const types = bind.json(
    patience.map(([type]) => type),
    'Array(String)',
  );
  const all = bind.json(
    patience.map(([, ms]) => ms),
    'Array(Float64)',
  );
  const unlessDefined = `toFloat64(${ABANDON_AFTER_DAYS * DAY_MS})`;
  return {
    completes: `(${IS_COMPLETED} OR (${IS_MOMENT} AND outcome = 'succeeded' AND ${isLast}))`,
    abandonMs:
      patience.length === 0
        ? unlessDefined
        : `transform(toString(any(journey_type)), ${types}, ${all}, ${unlessDefined})`,
  };
}
