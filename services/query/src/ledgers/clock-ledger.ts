import { hostname } from 'node:os';
import { type LeapOutcome, leapOutcomes } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { readable } from './own-events.ts';

/** The stream that holds what clocks did which now could not be taken from. */
const CLOCK_STREAM = 'clock';
const TYPE = 'touchstone.clock.leapt.v1';
const SOURCE = 'urn:touchstone:clock';

/** A leap of a clock that is over. */
export interface RecordedLeap {
  /** The last now that was trusted before it; of what was withdrawn: when that was; ms since 1970. */
  readonly at: number;
  /** How far it leapt, or how far what was withdrawn lay ahead; negative where it went back. */
  readonly byMs: number;
  readonly outcome: LeapOutcome;
  /** Whose announced dues were withdrawn: how many. */
  readonly customers: number;
  /** The machine whose clock it was, or that saw it. */
  readonly machine: string;
}

/** Record that a clock leapt, for good. Resolves once it is durable. */
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

/** Every leap that was recorded, in the order of the log, but for those that are damaged. */
export async function recordedLeaps(store: EventStore): Promise<readonly RecordedLeap[]> {
  const events = await store.readStream(CLOCK_STREAM);
  return readable(leapBody, events).map(({ data }) => data);
}
