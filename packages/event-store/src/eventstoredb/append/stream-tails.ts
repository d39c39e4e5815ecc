/** What we know of one stream: how far it goes, and which identities it holds. */
export interface Tail {
  /** Of the last event; -1 when there is none. */
  revision: number;
  /** Of the first event that was read of it. */
  first?: number;
  /** Position of the last event in the log; `0n` when there is none. */
  position: bigint;
  /** By {@link identityKey}. */
  readonly known: Map<string, KnownEvent>;
}

export interface KnownEvent {
  readonly revision: number;
  /** Of the body's text: equal digests need no second look at the content. */
  readonly digest: string;
}

export interface Tails {
  get(stream: string): Tail | undefined;
  /** Keep it, as the most recently used; others go when more than `identitiesMax` identities are held. */
  put(stream: string, tail: Tail): void;
  forget(stream: string): void;
  forgetAll(): void;
}

export const emptyTail = (): Tail => ({ revision: -1, position: 0n, known: new Map() });

/** Unambiguous whatever the two hold. */
export const identityKey = (source: string, id: string): string => `${source.length}:${source}${id}`;

/** The tails used last. An identity takes some 200 bytes, an empty tail counts as one. */
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
