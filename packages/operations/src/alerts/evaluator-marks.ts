import type { EventStore } from '@touchstone/event-store';
import { DAY_MS, formatInstant, MINUTE_MS, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { followedStream } from '../ledgers/followed-stream.ts';
import { ownEvent } from '../ledgers/own-events.ts';

/** The alerts that fire, or are about to end, of one version of an objective or a heartbeat. */
export interface KeptState {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly state: unknown;
}

/** How far the evaluation has come, as one process has noted it; times in ms since 1970. */
export interface Mark {
  /** The minute that it is of. */
  readonly minute: number;
  /** The last minute that was judged. */
  readonly judgedTo: number;
  readonly states: readonly KeptState[];
  /** The process that noted it. */
  readonly by: string;
  readonly recordedAt: number;
}

/**
 * Marks are events of the log, one a minute: the evaluator judges a minute once the log holds its
 * mark, and a process that takes over goes on from the last. Only one process can note a minute.
 */
export interface Marks {
  /** The newest mark of the last day before `at`; null if there is none. */
  newest(at: number): Promise<Mark | null>;
  /** Notes a minute. Resolves false if another process has noted it. */
  note(minute: number, mark: Omit<Mark, 'minute' | 'recordedAt'>): Promise<boolean>;
  /** Appends one event more at a time after a minute, for a log whose clock is behind. */
  nudge(minute: number, at: number): Promise<void>;
}

const SOURCE = 'urn:touchstone:alerts';
const TYPE = 'touchstone.alerts.judged.v1';

/** A stream a day, so that a start reads one day's marks and not those of years. */
const streamOf = (minute: number) => `alert-marks-${formatInstant(minute).slice(0, 10)}`;

export function evaluatorMarks(store: EventStore): Marks {
  const days = new Map<string, () => Promise<Mark | null>>();
  const newestOf = (stream: string) => {
    const known = days.get(stream) ?? followMarks(store, stream);
    days.set(stream, known);
    // Those of earlier days are not asked for again.
    if (days.size > DAYS_FOLLOWED) days.delete([...days.keys()].sort()[0]!);
    return known();
  };
  return {
    newest: async (at) => (await newestOf(streamOf(at))) ?? (await newestOf(streamOf(at - DAY_MS))),
    async note(minute, { judgedTo, states, by }) {
      const data = { judgedTo: formatInstant(judgedTo), states, by };
      const { outcomes } = await store.append([
        ownEvent(streamOf(minute), { source: SOURCE, type: TYPE, id: formatInstant(minute), at: minute, data }),
      ]);
      return outcomes[0] !== 'conflict';
    },
    async nudge(minute, at) {
      const event = {
        source: SOURCE,
        type: `${TYPE}.nudge`,
        id: `${formatInstant(minute)}/${formatInstant(at)}`,
        at: minute,
        data: {},
      };
      await store.append([ownEvent(streamOf(minute), event)]);
    },
  };
}

const DAYS_FOLLOWED = 3;

function followMarks(store: EventStore, stream: string): () => Promise<Mark | null> {
  let newest: Mark | null = null;
  const readNews = followedStream(store, stream, body, {
    take({ data, event }) {
      newest = { ...data, minute: parseInstant(event.id)!, recordedAt: event.recordedAt };
    },
    forget() {
      newest = null;
    },
  });
  return async () => {
    await readNews();
    return newest;
  };
}

const body = z.object({
  type: z.literal(TYPE),
  data: z.object({
    judgedTo: z.string().transform((text) => parseInstant(text)!),
    states: z.array(z.object({ kind: z.string(), name: z.string(), version: z.number(), state: z.unknown() })),
    by: z.string(),
  }),
});

/** The last whole minute at or before a time. */
export const lastMinute = (time: number): number => Math.floor(time / MINUTE_MS) * MINUTE_MS;
