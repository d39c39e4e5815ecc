import { type EventStore, EventStoreError } from '@touchstone/event-store';
import { CUSTOMER_STREAM, type MeasurementRules } from '@touchstone/journey';
import { customerStates } from './customer-states.ts';
import { type FeedPart, type LiveFeed, shownEvents } from './live-feed.ts';
import { type Filters, isWanted, skippedText } from './shown-event.ts';

/** Comments keep the connection open, and tell a reader that it is. */
export const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ':\n\n';
/** How long a stream waits for a log that is away, ms. */
const AGAIN_MS = 1_000;

export interface LiveStreamOptions {
  readonly store: EventStore;
  readonly measures: () => MeasurementRules;
  /** Paces what is read from the log again, over all streams. */
  readonly inPace: <Result>(work: () => Promise<Result>) => Promise<Result>;
  readonly filters: Filters;
  /** The position after which the stream begins. */
  readonly after: bigint;
  readonly signal: AbortSignal;
  readonly heartbeatMs?: number | undefined;
}

/** Where a stream is, and when it has to be heard. */
interface Progress {
  cursor: bigint;
  heartbeatAt: number;
}

/**
 * The texts of one stream: from the log until it has come to what the feed holds, then from the
 * feed. The caller asks for the next text once its reader has taken the one before.
 */
export async function* liveStream(feed: LiveFeed, options: LiveStreamOptions): AsyncGenerator<string> {
  const { after, heartbeatMs = HEARTBEAT_MS } = options;
  const signal = AbortSignal.any([options.signal, feed.ended]);
  const progress: Progress = { cursor: after, heartbeatAt: performance.now() + heartbeatMs };
  const inTime = { ...options, signal, heartbeatMs };
  // The id of the beginning lets a reader resume that has got no event yet.
  yield `: the log from ${after} on\nid: ${after}\n\n`;
  yield* fromLog(feed, inTime, progress);
  yield* fromFeed(feed, inTime, progress);
}

type InTime = LiveStreamOptions & { readonly heartbeatMs: number };

/** Reads what the feed does not hold any more; nothing is left out, however slow the reader is. */
async function* fromLog(feed: LiveFeed, options: InTime, progress: Progress): AsyncGenerator<string> {
  const { store, measures, inPace, filters, signal } = options;
  const states = customerStates(store, measures, progress.cursor);
  while (progress.cursor < feed.heldAfter() && !signal.aborted) {
    const upTo = feed.heldAfter();
    try {
      const pages = store.readAll({ after: progress.cursor, upTo, streamPrefix: CUSTOMER_STREAM });
      const reading = pages[Symbol.asyncIterator]();
      try {
        for (;;) {
          const shown = await inPace(async () => {
            const page = await reading.next();
            return page.done === true ? null : shownEvents(states, page.value);
          });
          if (shown === null || signal.aborted) break;
          const text = shown.filter((event) => isWanted(event, filters)).map((event) => event.text);
          progress.cursor = shown.at(-1)!.position;
          if (text.length > 0) yield text.join('');
          yield* heartbeatIfDue(options, progress);
        }
      } finally {
        await reading.return?.();
      }
      if (!signal.aborted) progress.cursor = upTo;
    } catch (error) {
      if (!(error instanceof EventStoreError && error.code === 'unavailable')) throw error;
      await feed.news(signal, AGAIN_MS);
      yield* heartbeatIfDue(options, progress);
    }
  }
}

async function* fromFeed(feed: LiveFeed, options: InTime, progress: Progress): AsyncGenerator<string> {
  const { filters, signal } = options;
  const wantsAll = Object.values(filters).every((value) => value === undefined);
  let number = feed.firstAfter(progress.cursor);
  while (!signal.aborted) {
    const part = feed.part(number);
    if (part === undefined && number < feed.next()) {
      // The reader was so slow that its part is not held any more.
      const upTo = feed.upTo();
      yield skippedText(progress.cursor, upTo);
      number = feed.next();
      progress.cursor = upTo;
    } else if (part === undefined) {
      await feed.news(signal, Math.max(0, progress.heartbeatAt - performance.now()));
    } else {
      const text = textOf(part, progress.cursor, filters, wantsAll);
      number++;
      progress.cursor = part.upTo;
      if (text !== '') yield text;
    }
    yield* heartbeatIfDue(options, progress);
  }
}

function textOf(part: FeedPart, cursor: bigint, filters: Filters, wantsAll: boolean): string {
  const { events, after, upTo, text } = part;
  if (events === null) return skippedText(cursor, upTo);
  if (wantsAll && cursor <= after) return text;
  return events
    .filter((event) => event.position > cursor && isWanted(event, filters))
    .map((event) => event.text)
    .join('');
}

function* heartbeatIfDue({ heartbeatMs }: InTime, progress: Progress): Generator<string> {
  if (performance.now() < progress.heartbeatAt) return;
  progress.heartbeatAt = performance.now() + heartbeatMs;
  yield HEARTBEAT;
}
