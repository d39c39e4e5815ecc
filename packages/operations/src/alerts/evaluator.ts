import type { EventStore } from '@touchstone/event-store';
import { DAY_MS, MINUTE_MS } from '@touchstone/journey';
import type { AlertFact, AlertNews, AlertsLedger } from './alerts-ledger.ts';
import { evaluatorMarks, type KeptState, lastMinute, type Mark } from './evaluator-marks.ts';
import { burnRateMinutes, lossMinutes, type MinuteJudge, silenceMinutes } from './judge-minutes.ts';
import type { MomentSource } from './judged-moments.ts';
import {
  heartbeatsLedger,
  objectivesLedger,
  type WatchedLedger,
  type WatchedVersion,
  watchesLedger,
} from './watched-ledger.ts';

export interface EvaluatorOptions {
  readonly store: EventStore;
  readonly alerts: AlertsLedger;
  /** The tables of the generation in force. */
  readonly source: () => MomentSource;
  /** The time of day, ms; null while it is not to be trusted. */
  readonly now: () => Promise<number | null>;
  /** Resolves true once the tables show everything up to a position. */
  readonly reached: (position: bigint, timeoutMs: number) => Promise<boolean>;
  /** Resolves once the tables show every deadline that has passed. */
  readonly settled: () => Promise<void>;
  /** Names this process, different from all others and from its runs before. */
  readonly by: string;
}

/** At most this much of what was missed is judged afterwards. */
export const MISSED_MAX_MS = DAY_MS;

/** A process that has noted no minute for this long, ms, is taken over from. */
const SILENT_MS = 150_000;

/** How long a minute waits for the tables before it is tried again, ms. */
const REACH_MS = 5_000;

/** Judges objectives and heartbeats minute by minute, and tells begins and ends of alerts. */
export interface Evaluator {
  /**
   * Judges every minute up to now that is not judged; does nothing while another process does so.
   * Resolves to the last minute that this process has judged; null if none.
   */
  judge(): Promise<number | null>;
  /** Whether this process is the one that judges: no other takes over while it is. */
  isOurs(): Promise<boolean>;
}

interface Place {
  readonly judgedTo: number;
  readonly states: readonly KeptState[];
}

/** One process of all evaluates: marks say which, and ids make its news safe to repeat. */
export function alertEvaluator(options: EvaluatorOptions): Evaluator {
  const { store, alerts, now, reached, settled, source, by } = options;
  const marks = evaluatorMarks(store);
  const kinds = [
    watchedKind(objectivesLedger(store), burnRateMinutes),
    watchedKind(heartbeatsLedger(store), silenceMinutes),
    watchedKind(watchesLedger(store), lossMinutes),
  ];
  let place: Place | null = null;
  let noted: number | null = null;
  let notedAt: number | null = null;
  /** A minute at which there was nothing to judge. */
  let emptyAt: number | null = null;

  const isOthers = (mark: Mark | null, at: number) =>
    mark !== null && mark.by !== by && at - mark.recordedAt < SILENT_MS;

  /** Goes on where this process was, unless the log has another newest mark than its own. */
  async function takeUp(at: number, minute: number): Promise<Place | null> {
    const mark = await marks.newest(minute);
    // Another process has taken over, or the log was put back from a backup.
    if (place !== null && mark !== null && mark.by === by && mark.minute === noted) return place;
    if (isOthers(mark, at)) return null;
    if (mark !== null) return { judgedTo: mark.judgedTo, states: mark.states };
    const firing = (await alerts.list()).filter(({ ended }) => ended === null);
    return { judgedTo: minute - MISSED_MAX_MS, states: kinds.flatMap(({ fromTold }) => fromTold(firing)) };
  }

  /** Notes the minute; whether the log then holds something that was recorded after it. */
  async function isOver(at: number, minute: number, { judgedTo, states }: Place): Promise<boolean> {
    if (noted !== minute && !(await marks.note(minute, { judgedTo, states, by }))) {
      place = null;
      notedAt = null;
      return false;
    }
    noted = minute;
    notedAt = at;
    const isRecordedLater = async () => (await store.lastRecordedAt())! > minute;
    if (await isRecordedLater()) return true;
    await marks.nudge(minute, at);
    return isRecordedLater();
  }

  return {
    async judge() {
      const at = await now();
      if (at === null) return null;
      const minute = lastMinute(at);
      // The log's clock must pass the minute before it can be over.
      if (at === minute) return place?.judgedTo ?? null;
      if (place !== null && place.judgedTo >= minute) return place.judgedTo;
      if (emptyAt === minute || !(await hasAny(kinds))) {
        emptyAt = minute;
        return null;
      }
      place = await takeUp(at, minute);
      const before = place;
      if (before === null || before.judgedTo >= minute) return before?.judgedTo ?? null;
      if (!(await isOver(at, minute, before)) || !(await reached(await store.head(), REACH_MS))) return null;
      await settled();
      const minutes = {
        from: Math.max(before.judgedTo + MINUTE_MS, minute - MISSED_MAX_MS + MINUTE_MS),
        to: minute + MINUTE_MS,
      };
      const states: KeptState[] = [];
      for (const kind of kinds) {
        const judged = await kind.judge(source(), minutes, before.states);
        await alerts.tell(judged.news);
        states.push(...judged.states);
      }
      place = { judgedTo: minute, states };
      return minute;
    },
    async isOurs() {
      const at = await now();
      return at !== null && notedAt !== null && at - notedAt < SILENT_MS;
    },
  };
}

async function hasAny(kinds: readonly WatchedKind[]): Promise<boolean> {
  for (const { isEmpty } of kinds) if (!(await isEmpty())) return true;
  return false;
}

/** One kind of alert over all names. */
interface WatchedKind {
  isEmpty(): Promise<boolean>;
  judge(
    source: MomentSource,
    minutes: { readonly from: number; readonly to: number },
    kept: readonly KeptState[],
  ): Promise<{ readonly states: readonly KeptState[]; readonly news: readonly AlertFact[] }>;
  fromTold(firing: readonly AlertNews[]): readonly KeptState[];
}

function watchedKind<Rule, State>(ledger: WatchedLedger<Rule>, judge: MinuteJudge<Rule, State>): WatchedKind {
  const { kind } = judge;

  /** Judges the versions of one name, each for as long as it is in force. */
  async function judgeName(
    source: MomentSource,
    { from, to }: { readonly from: number; readonly to: number },
    versions: readonly WatchedVersion<Rule>[],
    kept: KeptState | undefined,
  ) {
    const news: AlertFact[] = [];
    let version = kept?.version;
    let state = kept === undefined ? judge.nothing : (kept.state as State);
    for (const [index, { version: number, name, rule, inForceFrom }] of versions.entries()) {
      const span = { from: Math.max(from, inForceFrom), to: Math.min(to, versions[index + 1]?.inForceFrom ?? to) };
      if (span.from >= span.to) continue;
      if (version !== number) {
        for (const each of judge.endAll(state, inForceFrom)) news.push({ kind, name, version: version!, ...each });
        state = judge.nothing;
        version = number;
      }
      const judged = await judge.judge(source, rule, span, state);
      for (const each of judged.news) news.push({ kind, name, version: number, ...each });
      state = judged.state;
    }
    return { news, state, version };
  }

  return {
    isEmpty: async () => (await ledger.versions()).length === 0,
    async judge(source, minutes, kept) {
      const byName = grouped(await ledger.versions(), ({ name }) => name);
      const states: KeptState[] = [];
      const news: AlertFact[] = [];
      for (const [name, versions] of byName) {
        const before = kept.find((each) => each.kind === kind && each.name === name);
        const judged = await judgeName(source, minutes, versions, before);
        news.push(...judged.news);
        if (judged.version !== undefined && judge.endAll(judged.state, 0).length > 0)
          states.push({ kind, name, version: judged.version, state: judged.state });
      }
      return { states, news };
    },
    fromTold: (firing) => {
      const ours = grouped(
        firing.filter((alert) => alert.kind === kind),
        ({ name, version }) => JSON.stringify([name, version]),
      );
      return [...ours.values()].map((alerts) => {
        const { name, version } = alerts[0]!;
        return { kind, name, version, state: judge.fromTold(alerts) };
      });
    },
  };
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
