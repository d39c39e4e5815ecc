import { type RejectionCode, rejectionCodes } from '@touchstone/api';
import {
  type AppendOutcome,
  type AppendResult,
  type EventStore,
  type EventToAppend,
  type Rejection,
  TOO_LARGE,
} from '@touchstone/event-store';
import { boundedFaults, type Fault } from '@touchstone/journey';
import { type Key, mayPublishFrom } from '@touchstone/runtime';
import { timeSlices } from '@touchstone/runtime/time-slices';
import type { LimitedAppend } from './customer-limits.ts';
import { decideEvent, isRefusal, type Refusal } from './decide-event.ts';
import type { InputBatch } from './input-batch.ts';
import { timelyAppend } from './times-to-come.ts';

export interface AcceptDeps {
  readonly store: EventStore;
  /** Appends events within the customer limits; absent: no limits. */
  readonly limited?: LimitedAppend | undefined;
  /**
   * Latest `time` (ms) that a new event may bear now; null or absent: no limit. An event that is
   * stored already may be sent again whatever its time.
   */
  readonly latestTime?: (() => number | null) | undefined;
  /** Called with the log position after each append that stored something. */
  readonly onAppended?: ((position: bigint) => void) | undefined;
  /** Called with the counts of each batch, once they are durable. */
  readonly onDecided?: ((counts: Counts) => void) | undefined;
  /** Runs the work on a batch of so many events as a span of its trace. */
  readonly traced?: Traced | undefined;
}

export type Traced = (events: number, work: () => Promise<Outcome>) => Promise<Outcome>;

export interface Counts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly rejected: number;
}

export type Origin = string | ((index: number) => string);

/** An event that was not stored. */
export interface EventProblem {
  /** Index among the events of the request, from 0. */
  readonly index: number;
  readonly id?: string | undefined;
  readonly verdict: 'rejected' | 'conflict';
  readonly code: RejectionCode;
  readonly errors: readonly Fault[];
}

/** Result of a batch. The four counts add up to the number of its inputs. */
export interface Outcome extends Counts {
  /** Position of the log after the batch. */
  readonly position: bigint;
  readonly problems: readonly EventProblem[];
}

/**
 * Decides each input by itself, appends the events, and keeps rejected and conflicting ones; all of
 * that is durable when it resolves. `origin` is stored with rejections: `http`, `http:<key>`, or a
 * function from the input's index.
 * @throws EventStoreError if the store cannot take the batch; then nothing is promised, and the
 *   client may send the same again.
 */
export async function acceptEvents(
  deps: AcceptDeps,
  inputs: InputBatch,
  origin: Origin,
  key?: Key | null,
): Promise<Outcome> {
  const { traced } = deps;
  const accept = () => acceptAll(deps, inputs, origin, key);
  return traced === undefined ? accept() : traced(inputs.values.length, accept);
}

async function acceptAll(
  deps: AcceptDeps,
  inputs: InputBatch,
  origin: Origin,
  key: Key | null | undefined,
): Promise<Outcome> {
  const { store } = deps;
  const { events, indexes, refused } = await decideAll(inputs, key ?? undefined);
  const [appended] = await Promise.all([
    events.length === 0 ? undefined : appendInParts(timelyAppend(deps), events),
    keep(store, inputs, refused, origin),
  ]);
  const conflicts = conflictsOf(appended, events, indexes);
  const untaken = [...refusedOnAppend(inputs, appended, indexes), ...untakenByStore(store, inputs, appended, indexes)];
  const found = [...conflicts, ...untaken];
  await keep(store, inputs, found, origin);

  let duplicates = 0;
  for (const outcome of appended?.outcomes ?? []) if (outcome === 'duplicate') duplicates++;
  const counts = {
    accepted: events.length - duplicates - conflicts.length - untaken.length,
    duplicates,
    conflicts: conflicts.length,
    rejected: refused.length + untaken.length,
  };
  const position = appended?.position ?? (await store.head());
  if (counts.accepted > 0) deps.onAppended?.(position);
  deps.onDecided?.(counts);
  const problems = found.length === 0 ? refused : [...refused, ...found].sort((a, b) => a.index - b.index);
  return { ...counts, position, problems };
}

/**
 * Events and characters per append, so that a small publisher beside a large one waits for at most
 * these.
 */
const APPEND_EVENTS = 1000;
const APPEND_LENGTH = 512 * 1024;

async function appendInParts(append: LimitedAppend, events: readonly EventToAppend[]): ReturnType<LimitedAppend> {
  const outcomes: AppendOutcome[] = [];
  const refusals = new Map<number, Refusal>();
  let position = 0n;
  for (const part of appendParts(events)) {
    if (part.length === events.length) return append(part);
    const appended = await append(part);
    appended.refusals?.forEach((refusal, at) => void refusals.set(outcomes.length + at, refusal));
    outcomes.push(...appended.outcomes);
    position = appended.position;
  }
  return { outcomes, refusals, position };
}

function* appendParts(events: readonly EventToAppend[]): Generator<readonly EventToAppend[]> {
  let [begin, length] = [0, 0];
  for (const [at, { body }] of events.entries()) {
    if (at > begin && (at - begin >= APPEND_EVENTS || length + body.length > APPEND_LENGTH)) {
      yield events.slice(begin, at);
      [begin, length] = [at, 0];
    }
    length += body.length;
  }
  yield events.slice(begin);
}

interface Decided {
  readonly events: readonly EventToAppend[];
  /** Index of each of `events` among the inputs. */
  readonly indexes: readonly number[];
  readonly refused: readonly EventProblem[];
}

/**
 * For this many rejected events of a batch every fault is reported in full; for the others only the
 * first fault.
 */
export const FULLY_TOLD_MAX = 100;

async function decideAll(inputs: InputBatch, key: Key | undefined): Promise<Decided> {
  const { values, escaped } = inputs;
  const slices = timeSlices();
  const events: EventToAppend[] = [];
  const indexes: number[] = [];
  const refused: EventProblem[] = [];
  for (let index = 0; index < values.length; index++) {
    if (slices.isOver()) await slices.next();
    const telling = refused.length < FULLY_TOLD_MAX ? 'allFaults' : 'firstFault';
    const decision = inputs.refused.get(index) ?? decideEvent(values[index], escaped, inputs.textOf(index), telling);
    const refusal = isRefusal(decision) ? decision : sourceRefusal(decision, key);
    if (refusal !== undefined) refused.push(rejected(index, values[index], refusal));
    else {
      events.push(decision as EventToAppend);
      indexes.push(index);
    }
  }
  return { events, indexes, refused };
}

function sourceRefusal(event: EventToAppend, key: Key | undefined): Refusal | undefined {
  if (mayPublishFrom(key, event.source)) return undefined;
  return {
    code: 'source_not_allowed',
    errors: [{ path: 'source', message: `the key ${key?.name} may publish for ${key?.sources?.join(', ')} alone` }],
  };
}

function rejected(index: number, value: unknown, { code, errors }: Refusal): EventProblem {
  return { index, id: readable(value, 'id'), verdict: 'rejected', code, errors: boundedFaults(errors) };
}

function refusedOnAppend(
  { values }: InputBatch,
  appended: Awaited<ReturnType<LimitedAppend>> | undefined,
  indexes: readonly number[],
): readonly EventProblem[] {
  return Array.from(appended?.refusals ?? [], ([at, refusal]) => {
    const index = indexes[at]!;
    return rejected(index, values[index], refusal);
  });
}

/** Events that the store itself will never take. */
function untakenByStore(
  store: EventStore,
  { values }: InputBatch,
  appended: AppendResult | undefined,
  indexes: readonly number[],
): readonly EventProblem[] {
  const bytes = store.appendBytesMax?.();
  const message = `the event store takes at most ${bytes} bytes at once, and this with what stands beside it is more`;
  const refusals: Readonly<Partial<Record<AppendOutcome, Refusal>>> = {
    tooLarge: { code: TOO_LARGE.code, errors: [{ path: '', message }] },
    erased: { code: 'erased', errors: [{ path: 'subject', message: rejectionCodes.erased }] },
  };
  return (appended?.outcomes ?? []).flatMap((outcome, at) => {
    const index = indexes[at]!;
    const refusal = refusals[outcome];
    return refusal === undefined ? [] : [rejected(index, values[index], refusal)];
  });
}

function conflictsOf(
  appended: AppendResult | undefined,
  events: readonly EventToAppend[],
  indexes: readonly number[],
): readonly EventProblem[] {
  const conflicts: EventProblem[] = [];
  appended?.outcomes.forEach((outcome, i) => {
    if (outcome !== 'conflict') return;
    const errors = [{ path: '', message: rejectionCodes.conflict }];
    conflicts.push({ index: indexes[i]!, id: events[i]!.id, verdict: 'conflict', code: 'conflict', errors });
  });
  return conflicts;
}

/**
 * Upper limits per call of the store, in rejections and in characters: copying more at once would
 * block other requests.
 */
const KEPT_AT_ONCE = 500;
const KEPT_AT_ONCE_LENGTH = 1024 * 1024;

async function keep(
  store: EventStore,
  inputs: InputBatch,
  problems: readonly EventProblem[],
  origin: Origin,
): Promise<void> {
  const slices = timeSlices();
  let part: Rejection[] = [];
  let length = 0;
  for (const problem of problems) {
    if (slices.isOver()) await slices.next();
    const rejection = rejectionOf(inputs, problem, origin);
    part.push(rejection);
    length += rejection.payload.length + rejection.errors.length;
    if (part.length < KEPT_AT_ONCE && length < KEPT_AT_ONCE_LENGTH) continue;
    await store.keepRejections(part);
    part = [];
    length = 0;
  }
  if (part.length > 0) await store.keepRejections(part);
}

function rejectionOf(inputs: InputBatch, { index, id, code, errors }: EventProblem, origin: Origin): Rejection {
  const value = inputs.values[index];
  return {
    code,
    errors: JSON.stringify(errors),
    ...inputs.payloadOf(index),
    eventId: id,
    source: readable(value, 'source'),
    subject: readable(value, 'subject'),
    origin: typeof origin === 'string' ? origin : origin(index),
  };
}

/** The member's text, shortened and without control characters, if the input has such a text. */
function readable(value: unknown, member: 'id' | 'source' | 'subject'): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, member)) return undefined;
  const text = (value as Readonly<Record<string, unknown>>)[member];
  if (typeof text !== 'string' || text === '') return undefined;
  return text.slice(0, 256).replaceAll(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
}
