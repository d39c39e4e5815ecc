import { isDeepStrictEqual } from 'node:util';
import type { DefinitionState } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { type Definition, definitionSchema, type MeasurementRules } from '@touchstone/journey';
import { z } from 'zod';
import { type NamedVersion, namedVersions, newestByName, plain } from '../ledgers/named-versions.ts';

/** The stream that holds every version of every journey definition. */
export const DEFINITIONS_STREAM = 'definitions';

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
 * Keeps the versions in the log; `measures` gives what is in force, `clock` the time in ms since
 * 1970.
 */
export function definitionRegistry(
  store: EventStore,
  measures: () => MeasurementRules,
  clock: () => number = Date.now,
): DefinitionRegistry {
  const kept = namedVersions<Definition>(
    store,
    {
      stream: DEFINITIONS_STREAM,
      noun: 'definition of',
      type: 'touchstone.definition.put.v1',
      body: z.object({ data: put }),
      dataOf: ({ version, content }) => ({ version, definition: content }),
    },
    clock,
  );
  const list = async () => withStates(await kept.all(), measures());

  return {
    list,
    latest: async () => [...newestByName(await kept.all()).values()].map(({ content }) => content),
    put: async (definition, by) => {
      const { name, version } = await kept.put(definition.type, definition, by);
      return (await list()).find((each) => each.type === name && each.version === version)!;
    },
  };
}

const put = z
  .object({ version: z.number().int().positive(), definition: definitionSchema })
  .transform(({ version, definition }) => ({ name: definition.type, version, content: definition }));
type Put = NamedVersion<Definition>;

function withStates(puts: readonly Put[], { definitions }: MeasurementRules): DefinitionVersion[] {
  const newest = newestByName(puts);
  const inForce = new Map<string, number>();
  for (const { name, content, version } of puts) {
    if (isDeepStrictEqual(content, plain(definitions.get(name)))) inForce.set(name, version);
  }
  const stateOf = ({ name, version }: Put): DefinitionState => {
    if (inForce.get(name) === version) return 'in-force';
    return newest.get(name)!.version === version ? 'waiting' : 'past';
  };
  const versions: DefinitionVersion[] = puts.map((put) => ({
    type: put.name,
    version: put.version,
    state: stateOf(put),
    putAt: put.putAt,
    definition: put.content,
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
