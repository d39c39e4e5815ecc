/** Cached knowledge of one stream: its last revision and the identities that it holds. */
export interface Tail {
  /** Revision of the last event; -1 when there is none. */
  revision: number;
  /** Revision of the first event that was read. */
  first?: number;
  /** Position of the last event in the log; `0n` when there is none. */
  position: bigint;
  /** Keyed by {@link identityKey}. */
  readonly known: Map<string, KnownEvent>;
}

export interface KnownEvent {
  readonly revision: number;
  /** Digest of the body's text: equal digests spare a comparison of contents. */
  readonly digest: string;
}

export interface Tails {
  get(stream: string): Tail | undefined;
  /**
   * Caches a tail as the most recently used; evicts others while more than `identitiesMax`
   * identities are held.
   */
  put(stream: string, tail: Tail): void;
  forget(stream: string): void;
  forgetAll(): void;
}

export const emptyTail = (): Tail => ({ revision: -1, position: 0n, known: new Map() });

/** Key of an identity, unambiguous whatever source and id contain. */
export const identityKey = (source: string, id: string): string => `${source.length}:${source}${id}`;

/** LRU cache of tails. An identity takes some 200 bytes, and an empty tail counts as one. */
export function recentTails(identitiesMax: number): Tails {
  const tails = new Map<string, { tail: Tail; weight: number }>();
  let held = 0;
  const forget = (stream: string): void => {
    held -= tails.get(stream)?.weight ?? 0;
    tails.delete(stream);
  };
  return {
    forget,
    forgetAll: () => {
      tails.clear();
      held = 0;
    },
    get: (stream) => tails.get(stream)?.tail,
    put(stream, tail) {
      forget(stream);
      const weight = tail.known.size + 1;
      held += weight;
      tails.set(stream, { tail, weight });
      while (held > identitiesMax) {
        const oldest = tails.keys().next().value;
        if (oldest === undefined || oldest === stream) return;
        forget(oldest);
      }
    },
  };
}
