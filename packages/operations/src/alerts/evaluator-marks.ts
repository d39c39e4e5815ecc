import type { EventStore } from '@touchstone/event-store';
import { DAY_MS, formatInstant, MINUTE_MS, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { ownEvent, readable } from '../ledgers/own-events.ts';

/** The alerts that fire, or are about to end, of one version of an objective or a heartbeat. */
export interface KeptState {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly state: unknown;
}

/** How far the evaluation has come, as one process has noted it; times in ms since 1970. */
export interface Mark {
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
  note(minute: number, mark: Omit<Mark, 'recordedAt'>): Promise<boolean>;
  /** Appends one event more at a time after a minute, for a log whose clock is behind. */
  nudge(minute: number, at: number): Promise<void>;
}

const SOURCE = 'urn:touchstone:alerts';
const TYPE = 'touchstone.alerts.judged.v1';

/** A stream a day, so that a start reads one day's marks and not those of years. */
const streamOf = (minute: number) => `alert-marks-${formatInstant(minute).slice(0, 10)}`;

export function evaluatorMarks(store: EventStore): Marks {
  const noted = async (minute: number) => {
    const events = await store.readStream(streamOf(minute));
    const last = readable(body, events).at(-1);
    return last === undefined ? null : { ...last.data, recordedAt: last.event.recordedAt };
  };
  return {
    newest: async (at) => (await noted(at)) ?? (await noted(at - DAY_MS)),
    async note(minute, { judgedTo, states, by }) {
      const data = { judgedTo: formatInstant(judgedTo), states, by };
      const { verdicts } = await store.append([
        ownEvent(streamOf(minute), { source: SOURCE, type: TYPE, id: formatInstant(minute), at: minute, data }),
      ]);
      return verdicts[0] !== 'conflict';
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
