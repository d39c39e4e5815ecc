import { type EventStore, EventStoreError } from './port.ts';

/** How long a read waits for a log that answers nobody, ms; after that the log counts as away. */
export const LOG_PATIENCE_MS = 1_500;

/**
 * While the log is away, one read per interval waits for it in full, ms; the others give up after
 * `MOMENT_MS`.
 */
const ASK_AGAIN_MS = 1_000;
const MOMENT_MS = 100;

export interface PatientReads {
  readonly store: EventStore;
  /** The same patience for work that asks the log indirectly. */
  waitFor<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * Wraps a log for callers that serve requests: a read that gets nothing for `patienceMs`, while no
 * other read is answered either, throws `unavailable`; a log that is slow over one question is
 * waited for. Reads that were given up are not awaited, and end by themselves.
 */
export function patientReads(store: EventStore, patienceMs = LOG_PATIENCE_MS): PatientReads {
  const { waitFor, patiently } = presenceOf(store, patienceMs);
  async function* pagesOf<Page>(open: () => AsyncIterable<Page>): AsyncGenerator<Page> {
    const pages = open()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await patiently(() => pages.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      // The iterator ends once the page that it waits for has arrived or failed.
      void pages.return?.()?.then(undefined, () => undefined);
    }
  }
  const patient: EventStore = {
    ...store,
    holds: (proof) => patiently(() => store.holds(proof)),
    readStream: (...of) => patiently(() => store.readStream(...of)),
    streamPages: (...of) => pagesOf(() => store.streamPages(...of)),
    readAll: (...of) => pagesOf(() => store.readAll(...of)),
    ...(store.cutOf !== undefined && { cutOf: (stream: string) => patiently(() => store.cutOf!(stream)) }),
    head: () => patiently(store.head),
    greatestTime: () => patiently(store.greatestTime),
    counts: () => patiently(store.counts),
    lastRecordedAt: () => patiently(store.lastRecordedAt),
    countMinutes: (...of) => patiently(() => store.countMinutes(...of)),
    listRejections: (...of) => patiently(() => store.listRejections(...of)),
    getRejections: (...of) => patiently(() => store.getRejections(...of)),
  };
  return { store: patient, waitFor };
}

/** Tracks whether the log answers anything, from all the reads that it is asked. */
function presenceOf(store: EventStore, patienceMs: number) {
  let heardAt = performance.now();
  let isAway = false;
  let askedAt = 0;
  let isProbing = false;

  const heard = (): void => {
    heardAt = performance.now();
    isAway = false;
  };
  const away = (): EventStoreError => {
    isAway = true;
    askedAt = performance.now();
    return silent();
  };
  const silent = () => new EventStoreError('unavailable', `the event store has said nothing for ${patienceMs} ms`);
  /** Asks the log for its head; an answer to this cheap read shows that the log is there. */
  const probe = (): void => {
    if (isProbing) return;
    isProbing = true;
    void store
      .head()
      .then(heard, () => undefined)
      .finally(() => {
        isProbing = false;
      });
  };

  async function waitFor<Result>(work: () => Promise<Result>): Promise<Result> {
    const isKnown = isAway && performance.now() - askedAt < ASK_AGAIN_MS;
    if (isAway && !isKnown) askedAt = performance.now();
    const halfMs = (isKnown ? Math.min(MOMENT_MS, patienceMs) : patienceMs) / 2;
    let begun = 0;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      const wait = (): void => {
        begun = performance.now();
        timer = setTimeout(() => {
          probe();
          timer = setTimeout(look, halfMs);
        }, halfMs);
      };
      const look = (): void => {
        if (heardAt < begun) reject(isKnown ? silent() : away());
        else wait();
      };
      wait();
    });
    try {
      const asked = work();
      asked.catch(() => undefined);
      return await Promise.race([asked, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a read of the store itself, whose answer shows that the log is there. */
  const patiently = <Result>(work: () => Promise<Result>): Promise<Result> =>
    waitFor(async () => {
      const result = await work();
      heard();
      return result;
    });

  return { waitFor, patiently };
}
