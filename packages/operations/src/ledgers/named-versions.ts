import { isDeepStrictEqual } from 'node:util';
import type { EventStore } from '@touchstone/event-store';
import { Problem } from '@touchstone/runtime';
import type { z } from 'zod';
import { ownEvent, readable } from './own-events.ts';

/** One version of a thing that has a name; times in ms since 1970. */
export interface NamedVersion<Content> {
  readonly name: string;
  /** 1, 2, 3 … within its name. */
  readonly version: number;
  readonly putAt: number;
  readonly recordedAt: number;
  readonly content: Content;
}

type Put<Content> = Pick<NamedVersion<Content>, 'name' | 'version' | 'content'>;

/** How versions of one kind are kept in the log. */
export interface KeptVersions<Content> {
  readonly stream: string;
  /** Type of the events. */
  readonly type: string;
  /** Says in an error what was put. */
  readonly noun: string;
  /** Reads a version from an event. */
  readonly body: z.ZodType<{ readonly data: Put<Content> }>;
  /** The data of a version's event. */
  dataOf(put: Put<Content>): object;
  /** Most names; undefined: any number. */
  readonly namesMax?: number;
}

/** The versions of all things of a kind, kept in a stream of the log. */
export interface NamedVersions<Content> {
  /** Every version, in the order of the log. */
  all(): Promise<readonly NamedVersion<Content>[]>;
  /**
   * Records a new version; if the content equals the newest of its name, it only returns that one.
   * `by` is the name of the key that puts it, kept in its event.
   * @throws Problem `invalid_definition` for one name more than there may be.
   */
  put(name: string, content: Content, by?: string): Promise<NamedVersion<Content>>;
}

/** Tries: other processes may put at the same moment, and each try lost means that another won. */
const ATTEMPTS = 20;

export function namedVersions<Content>(
  store: EventStore,
  { stream, type, noun, body, dataOf, namesMax = Number.POSITIVE_INFINITY }: KeptVersions<Content>,
  clock: () => number,
): NamedVersions<Content> {
  const read = async () => {
    const events = await store.readStream(stream);
    const versions = readable(body, events).map(({ data: { name, version, content }, event }) => {
      const { time: putAt, recordedAt } = event;
      return { name, version, putAt, recordedAt, content: plain(content) };
    });
    // A damaged event still occupies a version, though it cannot be read which one.
    return { versions, taken: events.length - versions.length };
  };
  return {
    all: async () => (await read()).versions,
    async put(name, given, by) {
      const content = plain(given);
      for (let attempt = 0; ; attempt++) {
        const { versions, taken } = await read();
        const newestOf = newestByName(versions);
        const newest = newestOf.get(name);
        // The verdict of an append does not matter: the content is put if it is the newest now.
        if (newest !== undefined && isDeepStrictEqual(newest.content, content)) return newest;
        if (attempt === ATTEMPTS) {
          throw new Error(`the ${noun} ${name} lost ${ATTEMPTS} times against others put at once`);
        }
        if (newest === undefined && newestOf.size >= namesMax) throw tooManyNames(namesMax);
        const version = (newest?.version ?? 0) + taken + 1;
        const data = { ...dataOf({ name, version, content }), ...(by !== undefined && { by }) };
        // The id contains the version, so the store accepts only one event for each version.
        const id = `${name}/${version}`;
        await store.append([ownEvent(stream, { source: `urn:touchstone:${stream}`, type, id, at: clock(), data })]);
      }
    },
  };
}

function tooManyNames(namesMax: number): Problem {
  return new Problem('invalid_definition', `There are ${namesMax} names already: put a new version of one of them.`);
}

/** The newest version of each name. */
export function newestByName<Version extends { readonly name: string }>(
  versions: readonly Version[],
): ReadonlyMap<string, Version> {
  return new Map(versions.map((version) => [version.name, version]));
}

/** Round trip through JSON, which drops undefined fields, so that equal content is deeply equal. */
export function plain<Value>(value: Value): Value {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
