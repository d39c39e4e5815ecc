import { isDeepStrictEqual } from 'node:util';
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
import { Problem } from '@touchstone/runtime';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';

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

/** Tries: other processes may put at the same moment, and each try lost means that another won. */
const ATTEMPTS = 20;

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
  const body = z.object({ data: z.object({ name: z.string(), version: z.int().positive(), rule: schema }) });

  async function read() {
    const events = await store.readStream(stream);
    const versions = readable(body, events).map(({ data, event }): WatchedVersion<Rule> => {
      const inForceFrom = (Math.floor(event.recordedAt / MINUTE_MS) + 1) * MINUTE_MS;
      return { ...data, rule: plain(data.rule), putAt: event.time, inForceFrom };
    });
    // A damaged event still occupies a version, though it cannot be read which one.
    return { versions, taken: events.length - versions.length };
  }

  return {
    versions: async () => (await read()).versions,
    async put(name, given, by) {
      const rule = plain(given);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { versions, taken } = await read();
        const newest = newestByName(versions).get(name);
        if (newest !== undefined && isDeepStrictEqual(newest.rule, rule)) return newest;
        if (newest === undefined && newestByName(versions).size >= WATCHED_MAX) {
          throw new Problem(
            'invalid_definition',
            `There are ${WATCHED_MAX} names already: put a new version of one of them.`,
          );
        }
        const version = (newest?.version ?? 0) + taken + 1;
        const data = { name, version, rule, ...(by !== undefined && { by }) };
        const event = {
          source: `urn:touchstone:${stream}`,
          type: `touchstone.${noun}.put.v1`,
          id: `${name}/${version}`,
          at: clock(),
          data,
        };
        // The id contains the version, so the store accepts only one event for each version.
        await store.append([ownEvent(stream, event)]);
        const standing = newestByName((await read()).versions).get(name);
        if (standing !== undefined && isDeepStrictEqual(standing.rule, rule)) return standing;
      }
      throw new Error(`the ${noun} ${name} lost ${ATTEMPTS} times against others put at once`);
    },
  };
}

/** The newest version of each name. */
export function newestByName<Rule>(
  versions: readonly WatchedVersion<Rule>[],
): ReadonlyMap<string, WatchedVersion<Rule>> {
  return new Map(versions.map((version) => [version.name, version]));
}

/** Round trip through JSON, which drops undefined fields, so that equal content is deeply equal. */
function plain<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
