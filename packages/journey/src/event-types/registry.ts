import type { z } from 'zod';
import { type EventTypeDeclaration, shortTypeOf } from './event-type.ts';

/** An event type with any data, for callers that hold an event of any type. */
export type AnyEventType<Name extends string = string> = EventTypeDeclaration<Name, z.ZodObject>;

/** Event types by their names. */
export interface Registry<Name extends string> {
  /** In the order in which they were declared. */
  readonly names: readonly Name[];
  readonly declarationOf: (name: string) => AnyEventType<Name> | undefined;
  /** Looks a type up under its name without the version. */
  readonly ofShort: (shortName: string) => Name | undefined;
}

/** Throws where two declarations share a name, or differ in nothing but their version. */
export function registryOf<Name extends string>(
  declared: readonly { readonly name: Name; readonly data: z.ZodObject }[],
): Registry<Name> {
  // A Map is used, because a property look-up would first intern a text fresh from JSON, which
  // costs more than the look-up.
  const byName = new Map<string, AnyEventType<Name>>();
  const byShortName = new Map<string, Name>();
  for (const type of declared) {
    const shortName = shortTypeOf(type.name);
    if (byShortName.has(shortName)) {
      throw new Error(
        `${type.name} is declared beside ${byShortName.get(shortName)}: an older version becomes an upcaster`,
      );
    }
    byName.set(type.name, type as unknown as AnyEventType<Name>);
    byShortName.set(shortName, type.name);
  }
  return {
    names: declared.map(({ name }) => name),
    declarationOf: (name) => byName.get(name),
    ofShort: (shortName) => byShortName.get(shortName),
  };
}
