import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { count, instant } from '../fields.ts';
import { instantParameter, noParameters } from '../parameters.ts';
import { DAY_MS, MINUTE_MS } from '../vocabulary.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { objectiveSchema } from './objective.ts';
import { severity } from './place.ts';

/** Longest span of a back-test, days. */
export const BACKTEST_DAYS_MAX = 400;

/** The time from which a moment is known: when it was stored, or its own, for imported history. */
export const backtestClocks = ['stored', 'event'] as const;

const wholeMinute = instantParameter.refine((time) => time % MINUTE_MS === 0, 'must be a whole minute');

const span = {
  from: wholeMinute.describe('The first minute that is judged; moments before it count'),
  to: wholeMinute.describe(`The first that is not; at most ${BACKTEST_DAYS_MAX} days later`),
  clock: z
    .enum(backtestClocks)
    .default('stored')
    .meta({ id: 'BacktestClock' })
    .describe('event: moments count from their own time on, as if they had been stored then; for imported history'),
};

function isSpan({ value, issues }: z.core.ParsePayload<{ readonly from: number; readonly to: number }>): void {
  const { from, to } = value;
  const fault =
    from >= to
      ? 'must be after from'
      : to - from > BACKTEST_DAYS_MAX * DAY_MS
        ? `must be at most ${BACKTEST_DAYS_MAX} days after from`
        : undefined;
  if (fault !== undefined) issues.push({ code: 'custom', input: to, path: ['to'], message: fault });
}

const example = { from: '2026-03-01T00:00:00Z', to: '2026-04-01T00:00:00Z' };

const ended = instant.nullable().describe('Null if it fires at the end');
const perWeek = z.number().describe('Alerts in a week, on average');

export const backtestObjective = endpoint({
  id: 'backtestObjective',
  method: 'POST',
  path: '/v1/objectives/backtest',
  tag: 'Alerts',
  summary: 'The alerts that an objective would have given',
  description:
    'Judges every whole minute of [from, to) with what was known by then, nothing firing before. Nothing is stored.',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  body: z
    .strictObject({ objective: objectiveSchema, ...span })
    .check(isSpan)
    .meta({
      id: 'ObjectiveBacktestQuestion',
      examples: [{ objective: { touchpoint: 'payment.approved', objective: 0.98 }, ...example }],
    }),
  answer: z
    .strictObject({
      alerts: z.array(
        z
          .strictObject({
            severity,
            began: instant,
            ended,
            because: z
              .array(z.string())
              .describe('The rules that held at some minute of it, in the order of their table'),
            moments: count.describe('In the long window of the first rule that held, at the begin'),
            failures: count,
          })
          .meta({ id: 'BurnRateAlert' }),
      ),
      perWeek,
      minutesFiring: z.strictObject({ page: count, ticket: count }).meta({ id: 'MinutesFiring' }),
      budgetSpent: z
        .number()
        .nullable()
        .describe('Failures of [from, to) as a part of those that the objective allows; null without moments'),
    })
    .meta({ id: 'ObjectiveBacktest' }),
});

export const backtestHeartbeat = endpoint({
  id: 'backtestHeartbeat',
  method: 'POST',
  path: '/v1/heartbeats/backtest',
  tag: 'Alerts',
  summary: 'The silences that a heartbeat would have told',
  description:
    'Judges every whole minute of [from, to) with what was known by then, nothing firing before. Nothing is stored.',
  scope: 'read',
  waits: 'position',
  query: noParameters,
  body: z
    .strictObject({ heartbeat: heartbeatSchema, ...span })
    .check(isSpan)
    .meta({
      id: 'HeartbeatBacktestQuestion',
      examples: [{ heartbeat: { touchpoint: 'order.placed', silentAfter: 'PT2H' }, ...example }],
    }),
  answer: z
    .strictObject({
      alerts: z.array(
        z
          .strictObject({ began: instant, ended, last: instant.describe('The last moment before the silence') })
          .meta({ id: 'SilenceAlert' }),
      ),
      perWeek,
      minutesFiring: count,
    })
    .meta({ id: 'HeartbeatBacktest' }),
});
