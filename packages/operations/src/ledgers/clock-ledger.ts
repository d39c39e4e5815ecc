import { hostname } from 'node:os';
import { type LeapOutcome, leapOutcomes } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { readable } from './own-events.ts';

/** The stream of clock leaps: times when a machine's clock could not be trusted for now. */
const CLOCK_STREAM = 'clock';
const TYPE = 'touchstone.clock.leapt.v1';
const SOURCE = 'urn:touchstone:clock';

/** A leap of a clock that is over. */
export interface RecordedLeap {
  /** Last trusted now before the leap, or the time of the withdrawal; ms since 1970. */
  readonly at: number;
  /**
   * Size of the leap, or how far the withdrawn announcements were ahead, ms; negative for a leap
   * back.
   */
  readonly byMs: number;
  readonly outcome: LeapOutcome;
  /** Number of customers whose announced deadlines were withdrawn. */
  readonly customers: number;
  /** Host name of the machine whose clock leapt, or that detected it. */
  readonly machine: string;
}

/** Appends the leap to the log. Resolves once it is durable. */
export async function recordLeap(store: EventStore, leap: Omit<RecordedLeap, 'machine'>): Promise<void> {
  const at = formatInstant(leap.at);
  const machine = hostname();
  const id = `${machine}/${leap.outcome}/${at}/${leap.byMs}`;
  const data = { ...leap, at, machine };
  const body = { specversion: '1.0', id, source: SOURCE, type: TYPE, time: at, data };
  const { at: time } = leap;
  await store.append([{ stream: CLOCK_STREAM, source: SOURCE, id, type: TYPE, time, body: JSON.stringify(body) }]);
}

const leapBody = z.object({
  data: z.object({
    at: z.string().transform((text) => parseInstant(text)!),
    byMs: z.number(),
    outcome: z.enum(leapOutcomes),
    customers: z.number(),
    machine: z.string(),
  }),
});

/** All recorded leaps in the order of the log, except damaged ones. */
export async function recordedLeaps(store: EventStore): Promise<readonly RecordedLeap[]> {
  const events = await store.readStream(CLOCK_STREAM);
  return readable(leapBody, events).map(({ data }) => data);
}
