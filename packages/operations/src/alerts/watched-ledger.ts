import {
  type Heartbeat,
  heartbeatSchema,
  type Objective,
  objectiveSchema,
  type Watch,
  watchSchema,
} from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { MINUTE_MS } from '@touchstone/journey';
import { z } from 'zod';
import { type NamedVersion, namedVersions } from '../ledgers/named-versions.ts';

export { newestByName } from '../ledgers/named-versions.ts';

/** One version of an objective, a heartbeat or a watch; times in ms since 1970. */
export interface WatchedVersion<Rule> {
  readonly name: string;
  /** 1, 2, 3 … of its name. */
  readonly version: number;
  readonly putAt: number;
  /** The first whole minute after it was stored. */
  readonly inForceFrom: number;
  readonly rule: Rule;
}

/** The versions of all objectives, or heartbeats, or watches, kept in a stream of the log. */
export interface WatchedLedger<Rule> {
  /** Every version, in the order of the log. */
  versions(): Promise<readonly WatchedVersion<Rule>[]>;
  /**
   * Records a new version; if the rule equals the newest of its name, it only returns that one.
   * `by` is the name of the key that puts it.
   * @throws Problem `invalid_definition` for one name more than {@link WATCHED_MAX}.
   */
  put(name: string, rule: Rule, by?: string): Promise<WatchedVersion<Rule>>;
}

/** Names of objectives, of heartbeats, and of watches: each is judged at every minute. */
export const WATCHED_MAX = 500;

export const objectivesLedger = (store: EventStore, clock?: () => number): WatchedLedger<Objective> =>
  watchedLedger(store, { stream: 'objectives', noun: 'objective', schema: objectiveSchema }, clock);

export const heartbeatsLedger = (store: EventStore, clock?: () => number): WatchedLedger<Heartbeat> =>
  watchedLedger(store, { stream: 'heartbeats', noun: 'heartbeat', schema: heartbeatSchema }, clock);

export const watchesLedger = (store: EventStore, clock?: () => number): WatchedLedger<Watch> =>
  watchedLedger(store, { stream: 'watches', noun: 'watch', schema: watchSchema }, clock);

interface Kept<Rule> {
  readonly stream: string;
  readonly noun: string;
  readonly schema: z.ZodType<Rule>;
}

function watchedLedger<Rule>(
  store: EventStore,
  { stream, noun, schema }: Kept<Rule>,
  clock: () => number = Date.now,
): WatchedLedger<Rule> {
  const put = z
    .object({ name: z.string(), version: z.int().positive(), rule: schema })
    .transform(({ rule, ...named }) => ({ ...named, content: rule }));
  const kept = namedVersions<Rule>(
    store,
    {
      stream,
      noun,
      type: `touchstone.${noun}.put.v1`,
      body: z.object({ data: put }),
      dataOf: ({ content, ...named }) => ({ ...named, rule: content }),
      namesMax: WATCHED_MAX,
    },
    clock,
  );
  return {
    versions: async () => (await kept.all()).map(watched),
    put: async (name, rule, by) => watched(await kept.put(name, rule, by)),
  };
}

function watched<Rule>({ recordedAt, content, ...version }: NamedVersion<Rule>): WatchedVersion<Rule> {
  const inForceFrom = (Math.floor(recordedAt / MINUTE_MS) + 1) * MINUTE_MS;
  return { ...version, inForceFrom, rule: content };
}
