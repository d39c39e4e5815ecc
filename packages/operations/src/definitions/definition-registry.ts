import { isDeepStrictEqual } from 'node:util';
import type { DefinitionState } from '@touchstone/api';
import type { EventStore, StoredEvent } from '@touchstone/event-store';
import { type Definition, definitionSchema, type Measures } from '@touchstone/journey';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';

/** The stream that holds every version of every journey definition. */
export const DEFINITIONS_STREAM = 'definitions';
const PUT_TYPE = 'touchstone.definition.put.v1';
const SOURCE = 'urn:touchstone:definitions';

/** One version of a journey type's definition. */
export interface DefinitionVersion {
  readonly type: string;
  /** 1, 2, 3 … within its type; null for a definition in force that nobody put. */
  readonly version: number | null;
  readonly state: DefinitionState;
  readonly putAt: number | null;
  readonly definition: Definition;
}

export interface DefinitionRegistry {
  /** Every version, by type and then newest first. */
  list(): Promise<readonly DefinitionVersion[]>;
  /** The newest version of each type, which a rebuild measures with. */
  latest(): Promise<readonly Definition[]>;
  /**
   * Records a new version; if the definition equals the newest, it only returns that one. `by` is
   * the name of the key that puts it, kept in its event.
   */
  put(definition: Definition, by?: string): Promise<DefinitionVersion>;
}

/**
 * Tries: other processes may put at the same moment, and each try lost means that another one has
 * won.
 */
const ATTEMPTS = 20;

/**
 * Keeps the versions in the log; `measures` gives what is in force, `clock` the time in ms since
 * 1970.
 */
export function definitionRegistry(
  store: EventStore,
  measures: () => Measures,
  clock: () => number = Date.now,
): DefinitionRegistry {
  const read = async () => {
    const events = await store.readStream(DEFINITIONS_STREAM);
    const puts = readable(putBody, events).map(decode);
    // A damaged event still occupies a version, though it cannot be read which one.
    return { puts, taken: events.length - puts.length };
  };
  const list = async () => withStates((await read()).puts, measures());

  return {
    list,
    latest: async () => [...newestByType((await read()).puts).values()].map(({ definition }) => definition),
    put: async (given, by) => {
      const definition = plain(given);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { puts, taken } = await read();
        const newest = newestByType(puts).get(definition.type);
        if (newest === undefined || !isDeepStrictEqual(newest.definition, definition)) {
          await store.append([encode(definition, (newest?.version ?? 0) + taken + 1, clock(), by)]);
        }
        // The verdict does not matter: the definition is put if it is the newest now. If another
        // process took the version first, try again.
        const standing = (await list()).find(({ type, version }) => type === definition.type && version !== null);
        if (standing !== undefined && isDeepStrictEqual(standing.definition, definition)) return standing;
      }
      throw new Error(`the definition of ${definition.type} lost ${ATTEMPTS} times against others put at once`);
    },
  };
}

interface Put {
  readonly definition: Definition;
  readonly version: number;
  readonly putAt: number;
}

const putBody = z.object({ data: z.object({ version: z.number().int().positive(), definition: definitionSchema }) });

function decode({ data, event }: { data: z.infer<typeof putBody>['data']; event: StoredEvent }): Put {
  return { definition: plain(data.definition), version: data.version, putAt: event.time };
}

/** The id contains the version, so the store accepts only one event for each version. */
function encode(definition: Definition, version: number, at: number, by: string | undefined) {
  const data = { version, definition, ...(by !== undefined && { by }) };
  return ownEvent(DEFINITIONS_STREAM, {
    source: SOURCE,
    type: PUT_TYPE,
    id: `${definition.type}/${version}`,
    at,
    data,
  });
}

function newestByType(puts: readonly Put[]): Map<string, Put> {
  return new Map(puts.map((put) => [put.definition.type, put]));
}

function withStates(puts: readonly Put[], { definitions }: Measures): DefinitionVersion[] {
  const newest = newestByType(puts);
  const inForce = new Map<string, number>();
  for (const { definition, version } of puts) {
    if (isDeepStrictEqual(definition, plain(definitions.get(definition.type)))) inForce.set(definition.type, version);
  }
  const stateOf = ({ definition: { type }, version }: Put): DefinitionState => {
    if (inForce.get(type) === version) return 'in-force';
    return newest.get(type)!.version === version ? 'waiting' : 'past';
  };
  const versions: DefinitionVersion[] = puts.map((put) => ({
    type: put.definition.type,
    version: put.version,
    state: stateOf(put),
    putAt: put.putAt,
    definition: put.definition,
  }));
  for (const definition of definitions.values()) {
    if (inForce.has(definition.type)) continue;
    versions.push({ type: definition.type, version: null, state: 'in-force', putAt: null, definition });
  }
  return versions.sort((a, b) => byCodeUnit(a.type, b.type) || (b.version ?? 0) - (a.version ?? 0));
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Round trip through JSON, which drops undefined fields, so that equal content is deeply equal. */
function plain<Value>(value: Value): Value {
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}
