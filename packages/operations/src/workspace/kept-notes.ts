import type { EventStore } from '@touchstone/event-store';
import { z } from 'zod';
import { type NamedVersion, namedVersions, newestByName } from '../ledgers/named-versions.ts';

/** A thing that people keep under a name; times in ms since 1970. */
export interface KeptNote<Content> {
  readonly name: string;
  readonly putAt: number;
  readonly content: Content;
}

/** Things of one kind that people keep, replace and remove, in a stream of the log. */
export interface KeptNotes<Content> {
  /** The newest content of each name, by name. */
  list(): Promise<readonly KeptNote<Content>[]>;
  /**
   * Content equal to what is kept changes nothing. `by` is the name of the key.
   * @throws Problem `invalid_definition` for one name more than {@link NOTES_MAX}.
   */
  put(name: string, content: Content, by?: string): Promise<KeptNote<Content>>;
  /** Returns what was removed; null where nothing is kept under the name. */
  remove(name: string, by?: string): Promise<KeptNote<Content> | null>;
}

/** Names of one kind; those that were removed count too. */
export const NOTES_MAX = 2_000;

interface Kind<Content> {
  readonly stream: string;
  readonly noun: string;
  readonly schema: z.ZodType<Content>;
}

/** A removal is a version without content, so that the log says who removed it, and when. */
export function keptNotes<Content>(
  store: EventStore,
  { stream, noun, schema }: Kind<Content>,
  clock: () => number = Date.now,
): KeptNotes<Content> {
  const put = z
    .object({ name: z.string(), version: z.int().positive(), note: schema.nullable() })
    .transform(({ note, ...named }) => ({ ...named, content: note }));
  const kept = namedVersions<Content | null>(
    store,
    {
      stream,
      noun,
      type: `touchstone.${noun}.put.v1`,
      body: z.object({ data: put }),
      dataOf: ({ content, ...named }) => ({ ...named, note: content === null ? null : z.encode(schema, content) }),
      namesMax: NOTES_MAX,
    },
    clock,
  );
  const list = async () =>
    [...newestByName(await kept.all()).values()]
      .flatMap((version) => noteOf(version) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    list,
    put: async (name, content, by) => noteOf(await kept.put(name, content, by))!,
    async remove(name, by) {
      const found = (await list()).find((note) => note.name === name);
      if (found !== undefined) await kept.put(name, null, by);
      return found ?? null;
    },
  };
}

function noteOf<Content>({ name, putAt, content }: NamedVersion<Content | null>): KeptNote<Content> | null {
  return content === null ? null : { name, putAt, content };
}
