import {
  type BurnFirings,
  burnRateJudge,
  type Counts,
  type Firing,
  followLast,
  inTableOrder,
  judge,
  judgeSilence,
  type Minutes,
  NOTHING_BURNS,
  type Silence,
  silenceOf,
} from '@touchstone/alerts';
import { type AlertKind, type Heartbeat, type Objective, type Severity, severities, type Watch } from '@touchstone/api';
import { parseDuration } from '@touchstone/api/duration';
import { rateOf } from '@touchstone/api/rate';
import { MINUTE_MS } from '@touchstone/journey';
import { type StageLosses, stageLosses } from '@touchstone/read-models';
import type { AlertFact, AlertNews } from './alerts-ledger.ts';
import { type MomentSource, readLastMoments, readWindows } from './judged-moments.ts';

/** News of one version, before they bear its name. */
export type News = Omit<AlertFact, 'kind' | 'name' | 'version'>;

/** Judges the minutes of one kind of alert. `State` is what fires; it must survive JSON. */
export interface MinuteJudge<Rule, State> {
  readonly kind: AlertKind;
  readonly nothing: State;
  judge(
    source: MomentSource,
    rule: Rule,
    minutes: Minutes,
    state: State,
  ): Promise<{ readonly state: State; readonly news: readonly News[] }>;
  /** The alerts that end when another version comes into force at a minute. */
  endAll(state: State, at: number): readonly News[];
  /** The state of a version whose alerts fire, from what was told of them. */
  fromTold(firing: readonly AlertNews[]): State;
}

const NOTHING_TOLD = { moments: null, failures: null, last: null, left: null, members: null };

const burnNews = (
  severity: Severity,
  { began, because, told }: { readonly began: number; readonly because: readonly string[]; readonly told: Counts },
  ended: number | null,
): News => ({ severity, began, ended, because: inTableOrder(because), ...NOTHING_TOLD, ...told });

export const burnRateMinutes: MinuteJudge<Objective, BurnFirings> = {
  kind: 'burn-rate',
  nothing: NOTHING_BURNS,
  async judge(source, objective, minutes, before) {
    const windows = await readWindows(source, objective, minutes, 'stored');
    const judgeAt = burnRateJudge(objective);
    const news: News[] = [];
    let state = before;
    for (let at = minutes.from; at < minutes.to; at += MINUTE_MS) {
      const judged = judgeAt(state, at, windows);
      for (const severity of severities) {
        const { firing, ended } = judged[severity];
        if (ended !== undefined) news.push(burnNews(severity, ended.firing, ended.at));
        const before = state[severity];
        if (before === null && firing !== null) news.push(burnNews(severity, firing, null));
        if (before !== null && firing !== null && firing.because.length > before.because.length) {
          news.push({ ...burnNews(severity, firing, null), joinedAt: at });
        }
      }
      state = { page: judged.page.firing, ticket: judged.ticket.firing };
    }
    return { state, news };
  },
  endAll: (state, at) =>
    severities.flatMap((severity) => {
      const firing = state[severity];
      return firing === null ? [] : [burnNews(severity, firing, at)];
    }),
  fromTold: (firing) => {
    const of = (severity: Severity) => {
      const alert = firing.find((each) => each.severity === severity);
      if (alert === undefined) return null;
      const { began, because, moments, failures } = alert;
      return { began, because, told: { moments: moments!, failures: failures! }, quietMinutes: 0 };
    };
    return { page: of('page'), ticket: of('ticket') };
  },
};

const silenceNews = ({ began, last }: Silence, ended: number | null): News => ({
  severity: 'page',
  began,
  ended,
  because: [],
  ...NOTHING_TOLD,
  last,
});

export const silenceMinutes: MinuteJudge<Heartbeat, Silence | null> = {
  kind: 'silence',
  nothing: null,
  async judge(source, heartbeat, minutes, before) {
    const moments = await readLastMoments(source, heartbeat, minutes, 'stored');
    const lastAt = followLast(moments);
    const isSilent = silenceOf(heartbeat, minutes, moments[0]?.last ?? null);
    const news: News[] = [];
    let state = before;
    for (let at = minutes.from; at < minutes.to; at += MINUTE_MS) {
      const { silence, ended } = judgeSilence(state, at, lastAt(at), isSilent);
      if (ended !== undefined) news.push(silenceNews(ended, ended.ended));
      if (state === null && silence !== null) news.push(silenceNews(silence, null));
      state = silence;
    }
    return { state, news };
  },
  endAll: (state, at) => (state === null ? [] : [silenceNews(state, at)]),
  fromTold: ([firing]) => (firing === undefined ? null : { began: firing.began, last: firing.last! }),
};

const lossNews = ({ began, because, told }: Firing<StageLosses>, ended: number | null): News => ({
  severity: 'page',
  began,
  ended,
  because,
  ...NOTHING_TOLD,
  ...told,
});

/** The name of the one rule of a watch. */
const LOSSES = 'losses';

function isLoss({ atLeast, rate }: Watch, { left, members }: StageLosses): boolean {
  return left >= atLeast && (rate === undefined || rateOf(left, members).low! > rate);
}

/** Judges by the histories as they stand, so the caller settles them before. */
export const lossMinutes: MinuteJudge<Watch, Firing<StageLosses> | null> = {
  kind: 'stage-losses',
  nothing: null,
  async judge({ clickhouse, generation }, watch, minutes, before) {
    const withinMs = parseDuration(watch.within)!;
    const news: News[] = [];
    let state = before;
    for (let at = minutes.from; at < minutes.to; at += MINUTE_MS) {
      const losses = await stageLosses(clickhouse, generation, { stage: watch.stage, at, withinMs });
      const { firing, ended } = judge(state, at, isLoss(watch, losses) ? [LOSSES] : [], () => losses);
      if (ended !== undefined) news.push(lossNews(ended.firing, ended.at));
      if (state === null && firing !== null) news.push(lossNews(firing, null));
      state = firing;
    }
    return { state, news };
  },
  endAll: (state, at) => (state === null ? [] : [lossNews(state, at)]),
  fromTold: ([firing]) => {
    if (firing === undefined) return null;
    const { began, because, left, members } = firing;
    return { began, because, told: { left: left!, members: members! }, quietMinutes: 0 };
  },
};
