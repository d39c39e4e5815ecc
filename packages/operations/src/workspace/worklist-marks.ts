import { type WorklistState, worklistStates } from '@touchstone/api';
import type { EventStore } from '@touchstone/event-store';
import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';
import { followedStream } from '../ledgers/followed-stream.ts';
import { ownEvent } from '../ledgers/own-events.ts';

/** A mark that somebody put on a customer of the worklist; times in ms since 1970. */
export interface WorklistMark {
  readonly state: WorklistState;
  readonly by: string;
  readonly at: number;
  /** Null unless the state is `snoozed`. */
  readonly until: number | null;
  readonly note: string;
}

/** Marks of customers, kept in a stream of the log, so that all processes know them. */
export interface WorklistMarks {
  /** The latest mark of each customer; none for one whose mark was taken back. */
  latest(): Promise<ReadonlyMap<string, WorklistMark>>;
  /** The same as far as this process has read them, for the time in which the log is away. */
  known(): ReadonlyMap<string, WorklistMark>;
  mark(customerId: string, given: Omit<WorklistMark, 'at'>): Promise<WorklistMark>;
}

const STREAM = 'worklist';
const TYPE = 'touchstone.worklist.marked.v1';

const time = z.string().transform((text) => parseInstant(text)!);
const body = z.object({
  data: z.object({
    customerId: z.string(),
    state: z.enum(worklistStates),
    by: z.string(),
    at: time,
    until: time.nullable(),
    note: z.string(),
  }),
});

/** Reads the stream once, and then only what is new. */
export function worklistMarks(store: EventStore, clock: () => number = Date.now): WorklistMarks {
  const marks = new Map<string, WorklistMark>();
  const readNews = followedStream(store, STREAM, body, {
    take({ data: { customerId, ...mark } }) {
      if (mark.state === 'open') marks.delete(customerId);
      else marks.set(customerId, mark);
    },
    forget: () => marks.clear(),
  });

  return {
    known: () => marks,
    async latest() {
      await readNews();
      return marks;
    },
    async mark(customerId, { state, by, until, note }) {
      const at = clock();
      const shown = { at: formatInstant(at), until: until === null ? null : formatInstant(until) };
      const data = { customerId, state, by, note, ...shown };
      const id = `${customerId}/${shown.at}/${state}/${by}`;
      const event = { source: `urn:touchstone:${STREAM}`, type: TYPE, id, at, data };
      await store.append([ownEvent(STREAM, event)]);
      return { state, by, at, until, note };
    },
  };
}
