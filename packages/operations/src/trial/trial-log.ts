import { type EventStore, eventsOfPages, type StoredEvent, type SubscriptionItem } from '@touchstone/event-store';
import type { WorkLog } from '../workers.ts';

/**
 * The log as a trial sees it: the real log up to a position, followed by the trial's own appends,
 * which are discarded with it.
 */
export interface TrialLog extends WorkLog {
  /** Shows the real log up to here; never back, and not after the trial has appended. */
  extendTo(position: bigint): void;
}

type RealLog = Pick<EventStore, 'streamPages' | 'readAll' | 'cutOf' | 'lastRecordedAt'>;

/**
 * A projector and a clock over this log measure the real events and announce deadlines to the trial
 * only: nothing reaches the real log. Appended events get positions beyond the end of the visible
 * log.
 */
export function trialLog(store: RealLog): TrialLog {
  const log: State = { store, end: 0n, own: [], ownByStream: new Map(), waiting: new Set() };
  const streamPages: WorkLog['streamPages'] = (stream, range) => pagesOf(log, stream, range);
  return {
    extendTo: (position) => {
      if (log.own.length > 0)
        throw new Error('the log of a trial cannot be extended after the trial has appended to it');
      if (position <= log.end) return;
      log.end = position;
      tell(log);
    },
    append: (events) => append(log, events),
    streamPages,
    readStream: (stream, range) => eventsOfPages(streamPages(stream, range)),
    subscribe: (options) => subscribe(log, options),
    ...(store.cutOf !== undefined && { cutOf: (stream: string) => store.cutOf!(stream) }),
    head: async () => headOf(log),
    lastRecordedAt: () => lastRecordedAt(log),
  };
}

interface State {
  readonly store: RealLog;
  /** The real log is visible up to here. */
  end: bigint;
  readonly own: StoredEvent[];
  readonly ownByStream: Map<string, StoredEvent[]>;
  /** Called when there is more to read. */
  readonly waiting: Set<() => void>;
}

const headOf = ({ end, own }: State) => end + BigInt(own.length);

const lastRecordedAt = async ({ store, own }: State) => own.at(-1)?.recordedAt ?? store.lastRecordedAt();

function tell({ waiting }: State): void {
  for (const go of waiting) go();
}

/** Resolves when there is more to read, or when the reader is to stop. */
function more(log: State, after: bigint, signal: AbortSignal): Promise<void> {
  const { waiting } = log;
  return new Promise((resolve) => {
    const go = () => {
      waiting.delete(go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    waiting.add(go);
    signal.addEventListener('abort', go, { once: true });
    if (signal.aborted || headOf(log) > after) go();
  });
}

/** Duplicates are harmless: rows are settled to the latest announcement. */
async function append(log: State, events: Parameters<WorkLog['append']>[0]): ReturnType<WorkLog['append']> {
  let recordedAt = (await lastRecordedAt(log)) ?? 0;
  for (const event of events) {
    recordedAt = Math.max(recordedAt, event.time);
    const stored = { ...event, position: headOf(log) + 1n, recordedAt };
    log.own.push(stored);
    const stream = log.ownByStream.get(event.stream);
    if (stream === undefined) log.ownByStream.set(event.stream, [stored]);
    else stream.push(stored);
  }
  tell(log);
  return { outcomes: events.map(() => 'accepted' as const), position: headOf(log) };
}

async function* subscribe(
  log: State,
  { signal, pageSize = 10_000, ...options }: Parameters<WorkLog['subscribe']>[0],
): AsyncGenerator<SubscriptionItem> {
  let after = options.after ?? 0n;
  while (!signal.aborted) {
    const { end } = log;
    if (after < end) {
      for await (const events of log.store.readAll({ after, upTo: end, pageSize })) {
        if (signal.aborted) return;
        yield { kind: 'events', events };
      }
      after = end;
    } else if (after < headOf(log)) {
      const events = log.own.slice(Number(after - end)).slice(0, pageSize);
      yield { kind: 'events', events };
      after += BigInt(events.length);
    } else {
      yield { kind: 'caughtUp', position: after };
      await more(log, after, signal);
    }
  }
}

async function* pagesOf(
  log: State,
  ...[stream, range = {}]: Parameters<WorkLog['streamPages']>
): AsyncGenerator<readonly StoredEvent[]> {
  const { end } = log;
  const { after = 0n, upTo = headOf(log) } = range;
  let toSkip = range.skip ?? 0;
  const left = (page: readonly StoredEvent[]) => {
    const beyond = page.slice(toSkip);
    toSkip -= page.length - beyond.length;
    return beyond;
  };
  for await (const page of log.store.streamPages(stream, { after, upTo: least(upTo, end) })) {
    const events = left(page);
    if (events.length > 0) yield events;
  }
  const appended = log.ownByStream.get(stream) ?? [];
  const events = left(appended.filter(({ position }) => position > after && position <= upTo));
  if (events.length > 0) yield events;
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);
