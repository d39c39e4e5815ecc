import {
  type Backtest,
  type HeartbeatBacktest,
  heartbeatBacktest,
  type Minutes,
  type ObjectiveBacktest,
  objectiveBacktest,
} from '@touchstone/alerts';
import type { Heartbeat, Objective } from '@touchstone/api';
import { HOUR_MS } from '@touchstone/journey';
import { type MomentClock, momentsIn } from '@touchstone/read-models';
import { inSlices } from '@touchstone/runtime';
import { type MomentSource, readLastMoments, readWindows } from './judged-moments.ts';

/** The whole minutes [from, to), ms since 1970, that a back-test judges. */
export interface BacktestSpan extends Minutes {
  readonly clock: MomentClock;
}

/** The alerts that an objective would have given. */
export async function testObjective(
  source: MomentSource,
  objective: Objective,
  { clock, ...minutes }: BacktestSpan,
): Promise<ObjectiveBacktest> {
  const asked = { place: objective, ...minutes, clock };
  const spent = await momentsIn(source.clickhouse, source.generation, asked);
  const windows = await readWindows(source, objective, minutes, clock);
  return judgedInSlices(objectiveBacktest(objective, minutes, windows, spent), minutes);
}

/** The silences that a heartbeat would have told. */
export async function testHeartbeat(
  source: MomentSource,
  heartbeat: Heartbeat,
  { clock, ...minutes }: BacktestSpan,
): Promise<HeartbeatBacktest> {
  const moments = await readLastMoments(source, heartbeat, minutes, clock);
  return judgedInSlices(heartbeatBacktest(heartbeat, minutes, moments), minutes);
}

async function judgedInSlices<Answer>(backtest: Backtest<Answer>, minutes: Minutes): Promise<Answer> {
  await inSlices(hoursOf(minutes), (hour) => backtest.judge(hour));
  return backtest.answer();
}

function* hoursOf({ from, to }: Minutes): Generator<Minutes> {
  for (let begin = from; begin < to; begin += HOUR_MS) yield { from: begin, to: Math.min(begin + HOUR_MS, to) };
}
