import { setTimeout as pause } from 'node:timers/promises';
import type { EventStore } from '@touchstone/event-store';
import { decodeMeasures } from '@touchstone/journey';
import { engineUptime, listParked, projectedCounts, ReadModelError, type ReadModels } from '@touchstone/read-models';
import type { Logger, ReadinessCheck } from '@touchstone/runtime';
import { answerWithin } from '@touchstone/runtime';
import { engineStarts } from './engine-starts.ts';
import { holdsAll, type Whose, whoseRows } from './log-of-rows.ts';
import type { Target } from './target.ts';

/**
 * The generation in force and its progress, read from the tables: for a process whose rows others
 * fill.
 */
export interface GenerationWatch {
  /** Null until the first generation was created. */
  current(): Target | null;
  /** @throws ReadModelError `unavailable` until the first generation was created. */
  inForce(): Target;
  readonly progress: {
    position(): bigint;
    /** Polls the tables until they reach the position; false after `timeoutMs`. */
    reached(position: bigint, timeoutMs: number): Promise<boolean>;
  };
  /** Which log, and which history of it, the rows come from, as of the last look. */
  whose(): Whose;
  /** Resolves once {@link whose} has been determined anew. */
  assureLog(): Promise<void>;
  /** Positions of the parked events. */
  parked(): ReadonlySet<bigint>;
  /** Starts of ClickHouse servers noticed so far, see {@link engineStarts}. */
  engineStarts(): number;
  /** Why the rows in force are not trusted; null while they are. */
  distrusted(): string | null;
  /** Resolves once the tables have been read anew. */
  look(): Promise<void>;
  /** Calls the listener with the reason whenever rows lose trust. */
  onDistrust(listener: (reason: string) => void): void;
  /** Calls the listener whenever the tables have come further or another generation is in force. */
  onNews(listener: () => void): void;
  readonly check: ReadinessCheck;
  /** Readiness check: whether the rows are of this log. */
  readonly logCheck: ReadinessCheck;
  stop(): Promise<void>;
}

/** A switch is noticed within this time; nobody waits for it. */
export const LOOK_MS = 1_000;
/** Polling interval while a caller waits for a position. */
const WAIT_MS = 40;
/** How long the log may take to say whether it holds what the rows tell of. */
const ASK_MS = 1_000;
const PARKED_PAGE = 500;

/** Looks once before it resolves, and then every second until stopped. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its steps share state: split it into a state record and functions over it when it changes next.
export async function watchGeneration(
  store: EventStore,
  readModels: ReadModels,
  logger: Logger,
): Promise<GenerationWatch> {
  const listeners = new Set<() => void>();
  const distrustListeners = new Set<(reason: string) => void>();
  let distrusted: string | null = null;
  const stopping = new AbortController();
  let target: Target | null = null;
  let position = 0n;
  let parked: ReadonlySet<bigint> = new Set();
  let fault: string | undefined;
  let whose: Whose = 'ours';
  let histories: readonly string[] = [];

  const starts = engineStarts();

  async function lookNow(): Promise<void> {
    starts.note(await engineUptime(readModels.clickhouse));
    const current = await readModels.currentGeneration();
    if (current === null) return;
    const isOther = target?.generation !== current.number;
    // If the log does not answer in time, the last known result stands.
    const asked = await answerWithin(ASK_MS, whoseRows({ store, readModels }, current));
    const found = asked?.value ?? whose;
    histories = await readModels.histories(current.number);
    const isNews = found !== whose;
    if (isNews) logger.warn({ generation: current.number }, WORDS[found]);
    whose = found;
    const counts = await projectedCounts(readModels.clickhouse, current.number);
    const isFurther = isOther || counts.position > position;
    // Even an equal number of parked events may be other ones: one parked, one taken by a retry.
    if (counts.parked !== parked.size || (isFurther && counts.parked > 0)) {
      parked = await readParked(readModels, current.number);
    }
    if (isOther) target = { generation: current.number, measures: decodeMeasures(current.measures) };
    position = counts.position;
    const wasDistrusted = distrusted !== null && !isOther;
    ({ distrusted } = current);
    if (distrusted !== null && !wasDistrusted) for (const listener of distrustListeners) listener(distrusted);
    if (isFurther || isNews) for (const listener of listeners) listener();
  }

  // A look under way may be too old for a new caller, so all new callers share the next one.
  let underWay: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  const look = (): Promise<void> => {
    next ??= underWay
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        underWay = lookNow();
        return underWay;
      });
    return next;
  };

  async function lookAgainAndAgain(): Promise<void> {
    while (!stopping.signal.aborted) {
      await pause(LOOK_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await look();
        fault = undefined;
      } catch (error) {
        if (fault === undefined) logger.warn({ err: error }, 'how far the read model is cannot be read; trying again');
        fault = (error as Error).message;
      }
    }
  }

  await look();
  const looking = lookAgainAndAgain();
  const inForce = (): Target => {
    if (target !== null) return target;
    throw new ReadModelError('unavailable', NOT_YET);
  };
  return {
    current: () => target,
    inForce,
    progress: {
      position: () => position,
      async reached(wanted, timeoutMs) {
        const giveUpAt = performance.now() + timeoutMs;
        while (position < wanted) {
          await look();
          if (position >= wanted) break;
          if (performance.now() >= giveUpAt || stopping.signal.aborted) return false;
          await pause(WAIT_MS);
        }
        return true;
      },
    },
    whose: () => whose,
    assureLog: async () => {
      if (!(await holdsAll(store, histories))) await look();
    },
    parked: () => parked,
    engineStarts: starts.count,
    distrusted: () => distrusted,
    onDistrust: (listener) => {
      distrustListeners.add(listener);
      if (distrusted !== null) listener(distrusted);
    },
    look,
    onNews: (listener) => void listeners.add(listener),
    check: {
      name: 'generation in force',
      run: () => fault ?? (target === null ? NOT_YET : undefined),
    },
    logCheck: { name: 'rows of this log', run: () => (whose === 'ours' ? undefined : WORDS[whose]) },
    stop: async () => {
      stopping.abort();
      await looking;
      await underWay.catch(() => undefined);
    },
  };
}

export const WORDS: Readonly<Record<Whose, string>> = {
  ours: 'The rows are of this log.',
  diverged: 'The log was put back from a backup: rows tell of events that it does not hold, and are filled anew.',
  foreign:
    'The rows in CLICKHOUSE_URL are of another log than EVENT_STORE_URL: two systems must not fill one read model.',
};

const NOT_YET =
  'There is no read model yet. The projector that has partition 0 creates it: is one running, with the same CLICKHOUSE_URL?';

async function readParked(readModels: ReadModels, generation: number): Promise<ReadonlySet<bigint>> {
  const positions = new Set<bigint>();
  for (let after = 0n; ; ) {
    const page = await listParked(readModels.clickhouse, generation, { after, limit: PARKED_PAGE });
    for (const { position } of page) positions.add(position);
    if (page.length < PARKED_PAGE) return positions;
    after = page.at(-1)!.position;
  }
}
