import { allowedRate, budgetSpent, burnRate, followLast, holds, rulesOf, silenceOf } from '@touchstone/alerts';
import type { Heartbeat, HeartbeatState, Objective, Watch } from '@touchstone/api';
import { parseDuration } from '@touchstone/api/duration';
import { DAY_MS, MINUTE_MS } from '@touchstone/journey';
import { momentsIn, type StageLosses, stageLosses } from '@touchstone/read-models';
import { lastMinute } from './evaluator-marks.ts';
import { type MomentSource, readLastMoments, readWindows } from './judged-moments.ts';

/** The budget of an objective over (now − windowDays, now], and burn rates at the last minute. */
export async function objectiveState(source: MomentSource, objective: Objective, now: number) {
  const { clickhouse, generation } = source;
  const span = { from: now - objective.windowDays * DAY_MS + 1, to: now + 1 };
  const counts = await momentsIn(clickhouse, generation, { place: objective, ...span, clock: 'event' });
  const at = lastMinute(now);
  const windows = await readWindows(source, objective, { from: at, to: at + MINUTE_MS }, 'event');
  const burnRates = rulesOf(objective).map((rule) => {
    const [long, short] = [windows.at(rule.longMs, at), windows.at(rule.shortMs, at)];
    return {
      rule: rule.name,
      long: burnRate(objective, long),
      short: burnRate(objective, short),
      holds: holds(rule, objective, long, short),
    };
  });
  return {
    ...counts,
    rate: counts.moments === 0 ? null : counts.failures / counts.moments,
    budget: allowedRate(objective) * counts.moments,
    spent: budgetSpent(objective, counts),
    burnRates,
  };
}

/** Whether a heartbeat is silent at the last minute, and its last moment; ms since 1970. */
export async function heartbeatState(
  source: MomentSource,
  heartbeat: Heartbeat,
  now: number,
): Promise<{ readonly state: HeartbeatState; readonly last: number | null }> {
  const at = lastMinute(now);
  const minutes = { from: at, to: at + MINUTE_MS };
  const moments = await readLastMoments(source, heartbeat, minutes, 'event');
  const last = followLast(moments)(at);
  if (last === null) return { state: 'unknown', last };
  return { state: silenceOf(heartbeat, minutes, last)(at, last) ? 'silent' : 'alive', last };
}

/** The losses of a watch in its span up to now. */
export function watchState({ clickhouse, generation }: MomentSource, watch: Watch, now: number): Promise<StageLosses> {
  const withinMs = parseDuration(watch.within)!;
  return stageLosses(clickhouse, generation, { stage: watch.stage, at: now, withinMs });
}
