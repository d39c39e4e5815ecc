import { type Heartbeat, type Objective, type Severity, severities } from '@touchstone/api';
import { DAY_MS, MINUTE_MS } from '@touchstone/api/vocabulary';
import { type BurnFiring, type BurnFirings, burnRateJudge, inTableOrder, NOTHING_BURNS } from './burn-rate.ts';
import { allowedRate, type Counts } from './rules.ts';
import { followLast, judgeSilence, type LastMoment, type Silence, silenceOf } from './silence.ts';
import type { Minutes, Windows } from './windows.ts';

/** Times in ms since 1970; `ended` is null for an alert that has not ended in the minutes. */
export interface BurnRateAlert extends Counts {
  readonly severity: Severity;
  readonly began: number;
  readonly ended: number | null;
  readonly because: readonly string[];
}

export interface ObjectiveBacktest {
  /** In the order of their begins, `page` first. */
  readonly alerts: readonly BurnRateAlert[];
  readonly perWeek: number;
  readonly minutesFiring: Readonly<Record<Severity, number>>;
  /** Failures as a part of those that the objective allows; null without moments. */
  readonly budgetSpent: number | null;
}

export interface HeartbeatBacktest {
  readonly alerts: readonly (Silence & { readonly ended: number | null })[];
  readonly perWeek: number;
  readonly minutesFiring: number;
}

/** An alert as it is told; `ended` is null while it fires. */
export function burnRateAlert(
  severity: Severity,
  { began, because, told }: BurnFiring,
  ended: number | null,
): BurnRateAlert {
  return { severity, began, ended, because: inTableOrder(because), ...told };
}

/** A back-test under way: its minutes are judged in order, in as many parts as the caller likes. */
export interface Backtest<Answer> {
  judge(minutes: Minutes): void;
  /** The answer; ask for it once all minutes are judged. */
  answer(): Answer;
}

/** Judges an objective, nothing firing before. `spent` counts all moments in the minutes. */
export function objectiveBacktest(
  objective: Objective,
  minutes: Minutes,
  windows: Windows,
  spent: Counts,
): Backtest<ObjectiveBacktest> {
  const judgeAt = burnRateJudge(objective);
  const ended: BurnRateAlert[] = [];
  let firings: BurnFirings = NOTHING_BURNS;
  return {
    judge({ from, to }) {
      for (let at = from; at < to; at += MINUTE_MS) {
        const { page, ticket } = judgeAt(firings, at, windows);
        if (page.ended !== undefined) ended.push(burnRateAlert('page', page.ended.firing, page.ended.at));
        if (ticket.ended !== undefined) ended.push(burnRateAlert('ticket', ticket.ended.firing, ticket.ended.at));
        firings = { page: page.firing, ticket: ticket.firing };
      }
    },
    answer() {
      const open = severities.flatMap((severity) => {
        const firing = firings[severity];
        return firing === null ? [] : [burnRateAlert(severity, firing, null)];
      });
      const alerts = [...ended, ...open].sort(byBegin);
      const of = (severity: Severity) => alerts.filter((alert) => alert.severity === severity);
      return {
        alerts,
        perWeek: perWeek(alerts, minutes),
        minutesFiring: {
          page: minutesFiring(of('page'), minutes),
          ticket: minutesFiring(of('ticket'), minutes),
        },
        budgetSpent: budgetSpent(objective, spent),
      };
    },
  };
}

function byBegin(a: BurnRateAlert, b: BurnRateAlert): number {
  return a.began - b.began || severities.indexOf(a.severity) - severities.indexOf(b.severity);
}

/** Failures as a part of those that the objective allows, its budget; null without moments. */
export function budgetSpent(objective: Objective, { moments, failures }: Counts): number | null {
  return moments === 0 ? null : failures / (allowedRate(objective) * moments);
}

/** Judges a heartbeat, nothing firing before; `moments` in the order of `from`. */
export function heartbeatBacktest(
  heartbeat: Heartbeat,
  minutes: Minutes,
  moments: readonly LastMoment[],
): Backtest<HeartbeatBacktest> {
  const lastAt = followLast(moments);
  const isSilent = silenceOf(heartbeat, minutes, moments[0]?.last ?? null);
  const ended: HeartbeatBacktest['alerts'][number][] = [];
  let silence: Silence | null = null;
  return {
    judge({ from, to }) {
      for (let at = from; at < to; at += MINUTE_MS) {
        const judged = judgeSilence(silence, at, lastAt(at), isSilent);
        if (judged.ended !== undefined) ended.push(judged.ended);
        silence = judged.silence;
      }
    },
    answer() {
      const alerts = silence === null ? ended : [...ended, { ...silence, ended: null }];
      return { alerts, perWeek: perWeek(alerts, minutes), minutesFiring: minutesFiring(alerts, minutes) };
    },
  };
}

/** Judges all minutes at once. */
export function judged<Answer>(backtest: Backtest<Answer>, minutes: Minutes): Answer {
  backtest.judge(minutes);
  return backtest.answer();
}

function perWeek(alerts: readonly unknown[], { from, to }: Minutes): number {
  return alerts.length / ((to - from) / (7 * DAY_MS));
}

function minutesFiring(
  alerts: readonly { readonly began: number; readonly ended: number | null }[],
  { to }: Minutes,
): number {
  return alerts.reduce((sum, { began, ended }) => sum + ((ended ?? to) - began) / MINUTE_MS, 0);
}
