import { type IndexNode, indexTree } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { z } from 'zod';
import { type NamedVersion, namedVersions, newestByName } from '../ledgers/named-versions.ts';
import { shippedIndexes } from './shipped-indexes.ts';

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

const put = z
  .object({ version: z.int().positive(), name: z.string(), tree: indexTree })
  .transform(({ tree, ...named }) => ({ ...named, content: tree }));

/** Keeps indexes in the log, so that they are copied and exported with it; `clock` in ms. */
export function indexesLedger(store: EventStore, clock: () => number = Date.now): IndexesLedger {
  const kept = namedVersions<IndexNode>(
    store,
    {
      stream: 'indexes',
      noun: 'index',
      type: 'touchstone.index.put.v1',
      body: z.object({ data: put }),
      dataOf: ({ content, ...named }) => ({ ...named, tree: z.encode(indexTree, content) }),
    },
    clock,
  );
  return {
    list: async () => {
      const newest = newestByName((await kept.all()).map(indexVersion));
      const shipped = shippedIndexes.filter(({ name }) => !newest.has(name));
      return [...shipped, ...newest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    put: async (name, tree, by) => indexVersion(await kept.put(name, tree, by)),
  };
}

function indexVersion({ name, version, putAt, content }: NamedVersion<IndexNode>): IndexVersion {
  return { name, version, putAt, tree: content };
}
