import type { Definitions } from '@touchstone/api';

export type Version = Definitions['items'][number];

/** The versions of one type: the newest first. */
export interface Known {
  readonly type: string;
  readonly versions: readonly Version[];
  readonly inForce: Version | undefined;
  /** The one that the next rebuild brings into force. */
  readonly waiting: Version | undefined;
}

export function byType({ items }: Definitions): readonly Known[] {
  const types = [...new Set(items.map(({ type }) => type))].sort();
  return types.map((type) => {
    const versions = items.filter((item) => item.type === type).sort((a, b) => (b.version ?? 0) - (a.version ?? 0));
    return {
      type,
      versions,
      inForce: versions.find(({ state }) => state === 'in-force'),
      waiting: versions.find(({ state }) => state === 'waiting'),
    };
  });
}

/** A version as people call it; the one that came with the program has no number. */
export const nameOf = ({ version }: Version): string => (version === null ? '–' : `v${version}`);
