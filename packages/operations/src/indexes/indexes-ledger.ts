import { isDeepStrictEqual } from 'node:util';
import { type IndexNode, indexTree } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';
import { shippedIndexes } from './shipped-indexes.ts';

/** The stream that holds every version of every index. */
const INDEXES_STREAM = 'indexes';
const PUT_TYPE = 'touchstone.index.put.v1';
const SOURCE = 'urn:touchstone:indexes';

/** The newest version of one index. */
export interface IndexVersion {
  readonly name: string;
  /** 1, 2, 3 … within its name; null for one that is shipped and that nobody put. */
  readonly version: number | null;
  readonly putAt: number | null;
  readonly tree: IndexNode;
}

export interface IndexesLedger {
  /** The newest version of each index, by name. */
  list(): Promise<readonly IndexVersion[]>;
  /** In force at once; a tree equal to the newest only returns that one. */
  put(name: string, tree: IndexNode, by?: string): Promise<IndexVersion>;
}

/** Other processes may put at the same moment: each try reads the stream again. */
const ATTEMPTS = 20;

const putBody = z.object({
  data: z.object({ version: z.int().positive(), name: z.string(), tree: z.unknown() }),
});

/** Keeps indexes in the log, so that they are copied and exported with it; `clock` in ms. */
export function indexesLedger(store: EventStore, clock: () => number = Date.now): IndexesLedger {
  const read = async () => {
    const events = await store.readStream(INDEXES_STREAM);
    const puts = readable(putBody, events).flatMap(({ data: { version, name, tree }, event }): IndexVersion[] => {
      const parsed = indexTree.safeParse(tree);
      return parsed.success ? [{ name, version, putAt: event.time, tree: parsed.data }] : [];
    });
    return { newest: new Map(puts.map((put) => [put.name, put])), taken: events.length - puts.length };
  };
  return {
    list: async () => {
      const { newest } = await read();
      const shipped = shippedIndexes.filter(({ name }) => !newest.has(name));
      return [...shipped, ...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async put(name, tree, by) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const { newest, taken } = await read();
        const standing = newest.get(name);
        if (standing !== undefined && isDeepStrictEqual(standing.tree, tree)) return standing;
        const version = (standing?.version ?? 0) + taken + 1;
        const data = { version, name, tree: z.encode(indexTree, tree), ...(by !== undefined && { by }) };
        await store.append([
          ownEvent(INDEXES_STREAM, { source: SOURCE, type: PUT_TYPE, id: `${name}/${version}`, at: clock(), data }),
        ]);
      }
      throw new Error(`the index ${name} lost ${ATTEMPTS} times against others put at once`);
    },
  };
}
