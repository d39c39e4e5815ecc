import type { EventStore } from '@touchstone/event-store';
import { ALERTS_STREAM } from '@touchstone/journey';
import { type AlertNews, toldAlert } from '../alerts/alerts-ledger.ts';
import { objectivesLedger } from '../alerts/watched-ledger.ts';
import { followedStream } from '../ledgers/followed-stream.ts';
import type { Target } from './target.ts';

/** A begin or an end that was told; times in ms since 1970. */
export interface ToldAlert {
  /** Id of its event. */
  readonly id: string;
  readonly position: bigint;
  readonly recordedAt: number;
  readonly news: AlertNews;
}

/** All begins and ends, in the order of the log. */
export interface ToldAlerts {
  /** Reads what is new. */
  read(): Promise<void>;
  /** The first that a target shall get, after the one with this id; from the first on for null. */
  nextFor(target: Target, doneTo: string | null): Promise<ToldAlert | undefined>;
}

export function toldAlerts(store: EventStore): ToldAlerts {
  const told: ToldAlert[] = [];
  const indexOf = new Map<string, number>();
  /** Where a target has nothing to get before; only for this version of the target. */
  const nothingBefore = new Map<string, { readonly putAt: number; readonly index: number }>();
  const notifiedBy = notifiedTargets(store);
  const read = followedStream(store, ALERTS_STREAM, toldAlert, {
    take({ data: { alertId: _, ...news }, event: { id, position, recordedAt } }) {
      indexOf.set(id, told.length);
      told.push({ id, position, recordedAt, news });
    },
    forget() {
      told.length = 0;
      indexOf.clear();
      nothingBefore.clear();
      notifiedBy.forget();
    },
  });
  return {
    read,
    async nextFor(target, doneTo) {
      const skipped = nothingBefore.get(target.id);
      const first = doneTo === null ? 0 : (indexOf.get(doneTo) ?? -1) + 1;
      let index = Math.max(first, skipped?.putAt === target.putAt ? skipped.index : 0);
      for (; index < told.length; index++) {
        const each = told[index]!;
        if (isWanted(target, each) && ((await notifiedBy.of(each.news))?.includes(target.name) ?? true)) break;
      }
      nothingBefore.set(target.id, { putAt: target.putAt, index });
      return told[index];
    },
  };
}

function isWanted({ since, kinds, severities }: Target, { recordedAt, news }: ToldAlert): boolean {
  if (recordedAt < since) return false;
  return (kinds?.includes(news.kind) ?? true) && (severities?.includes(news.severity) ?? true);
}

/** The targets that the version of an objective names; undefined where it names none. */
function notifiedTargets(store: EventStore) {
  const objectives = objectivesLedger(store);
  const known = new Map<string, readonly string[] | undefined>();
  return {
    async of({ kind, name, version }: AlertNews): Promise<readonly string[] | undefined> {
      if (kind !== 'burn-rate') return undefined;
      const key = `${name}/${version}`;
      if (!known.has(key)) {
        // A version never changes, so each is read once.
        for (const { name, version, rule } of await objectives.versions()) known.set(`${name}/${version}`, rule.notify);
        if (!known.has(key)) known.set(key, undefined);
      }
      return known.get(key);
    },
    forget: () => known.clear(),
  };
}
