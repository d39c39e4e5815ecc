import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  EVENT_BYTES_MAX,
  EventStoreError,
  type EventStoreErrorCode,
  isJsonArray,
  parseMessage,
  withoutMark,
} from '@touchstone/event-store';
import { type InFlight, type Key, Problem } from '@touchstone/runtime';
import {
  type AcceptDeps,
  acceptEvents,
  type Counts,
  type EventProblem,
  type Outcome,
} from '../decide/accept-events.ts';
import { arrayBatch, noEvents, notJson } from '../decide/array-batch.ts';
import { type Refusal, tooLarge } from '../decide/decide-event.ts';
import { type InputBatch, messageBatch, singleBatch } from '../decide/input-batch.ts';
import { attributesFromHeaders, isBinaryMode, isDataType } from './binary-mode.ts';
import type { ParsingRoom } from './parsing-room.ts';
import { drain, readBody } from './read-body.ts';
import { readLines } from './read-lines.ts';

export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/**
 * Upper limit of the problems listed in one answer; further ones are counted, and kept like the
 * listed ones.
 */
export const PROBLEMS_MAX = 5000;

/**
 * A stream is aborted when its rejected lines exceed ten times the accepted ones by this number: it
 * is not a stream of events, or hostile.
 */
const REJECTED_AHEAD_MAX = 10_000;

/** The answer to a publishing request, before it is encoded as JSON. */
export interface Summary extends Counts {
  readonly position: string;
  readonly problems: readonly EventProblem[];
  readonly problemsOmitted?: number;
}

export interface ReceiveDeps extends AcceptDeps {
  /** Bound on the bodies held in memory, in bytes. */
  readonly bytesInFlight: InFlight;
  /** Bound on the events on their way into the store. */
  readonly eventsInFlight: InFlight;
  /** Bound on the bodies that are parsed and not yet stored. */
  readonly parsing: ParsingRoom;
}

/**
 * Handles one publishing request of any content type. `publisher` is called whenever events are
 * decided; it returns null without keys, and throws once the key may no longer publish.
 * @throws Problem for every answer other than 200.
 */
export async function receiveEvents(
  deps: ReceiveDeps,
  request: IncomingMessage,
  publisher: () => Key | null,
): Promise<Summary> {
  const key = publisher();
  const origin = key === null ? 'http' : `http:${key.name}`;
  let kind: BodyKind;
  try {
    kind = kindOf(request.headers);
  } catch (error) {
    drain(request);
    throw error;
  }
  if (kind === 'lines') return answered(await receiveLines(deps, request, origin, publisher));
  const room = deps.bytesInFlight.hold(key?.name);
  try {
    const body = await readBody(request, BODY_BYTES_MAX, room);
    const outcome = await deps.parsing.within(body.length, key?.name, async () => {
      const inputs = await batchOf(body, kind, request.rawHeaders);
      return acceptBounded(deps, inputs, origin, publisher());
    });
    return answered(summaryOf(outcome));
  } finally {
    room.release();
  }
}

type BodyKind = 'event' | 'batch' | 'eventOrBatch' | 'binary' | 'lines';

/** True if the request body is a stream of lines. */
export function isStream({ raw }: { readonly raw: IncomingMessage }): boolean {
  return LINES.has(contentTypeOf(raw.headers)[0]!);
}

const LINES: ReadonlySet<string> = new Set(['application/x-ndjson', 'application/ndjson']);

/** The media type followed by its parameters, in lower case. */
function contentTypeOf(headers: IncomingHttpHeaders): readonly string[] {
  return (headers['content-type'] ?? '').split(';').map((part) => part.trim().toLowerCase());
}

function kindOf(headers: IncomingHttpHeaders): BodyKind {
  const [mediaType = '', ...parameters] = contentTypeOf(headers);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && !['utf-8', '"utf-8"', 'utf8', 'us-ascii'].includes(charset)) {
    throw new Problem('unsupported_media_type', 'Events are taken in UTF-8 alone.');
  }
  switch (mediaType) {
    case 'application/cloudevents+json':
      return 'event';
    case 'application/cloudevents-batch+json':
      return 'batch';
  }
  if (isBinaryMode(headers) && !mediaType.startsWith('application/cloudevents')) {
    if (isDataType(mediaType)) return 'binary';
    throw new Problem(
      'unsupported_media_type',
      'In binary mode the body is `data`, and that is JSON: application/json.',
    );
  }
  if (mediaType === 'application/json') return 'eventOrBatch';
  if (LINES.has(mediaType)) return 'lines';
  throw new Problem(
    'unsupported_media_type',
    'Send application/json, application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, or ce-* headers.',
    {
      headers: {
        accept:
          'application/json, application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson',
      },
    },
  );
}

async function batchOf(
  sent: Buffer,
  kind: Exclude<BodyKind, 'lines'>,
  rawHeaders: readonly string[],
): Promise<InputBatch> {
  if (!isUtf8(sent)) throw notJson('is not UTF-8');
  // A byte order mark has no meaning in UTF-8 and is not valid JSON.
  const body = withoutMark(sent);
  if (kind === 'binary') return binaryBatch(body, rawHeaders);
  if (body.length === 0) throw notJson('is empty');
  if (kind !== 'event' && isJsonArray(body)) return arrayBatch(body);
  if (kind === 'batch') {
    throw new Problem('invalid_json', 'application/cloudevents-batch+json is a JSON array of events.');
  }
  // A body too large for an event is not parsed.
  if (body.length > EVENT_BYTES_MAX) return messageBatch([body]);
  const text = body.toString('utf8');
  const value = parsedBody(text);
  return singleBatch(value, text.trim(), Array.isArray(value) ? { refusal: SINGLE } : { isAsSent: true });
}

function parsedBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(parseMessage(error));
  }
}

const SINGLE: Refusal = {
  code: 'invalid_event',
  errors: [
    {
      path: '',
      message: 'must be one event, a JSON object: an array is application/cloudevents-batch+json or application/json',
    },
  ],
};

/** The event made of `ce-*` headers and the body; an empty body means no data. */
function binaryBatch(body: Buffer, rawHeaders: readonly string[]): InputBatch {
  const { attributes, refusal } = attributesFromHeaders(rawHeaders);
  if (body.length === 0) return singleBatch(attributes, JSON.stringify(attributes), { refusal });
  const text = body.toString('utf8');
  const whole = `${JSON.stringify(attributes).slice(0, -1)},"data":${text}}`;
  if (body.length > EVENT_BYTES_MAX) return singleBatch(attributes, whole, { refusal: tooLarge() });
  return singleBatch({ ...attributes, data: parsedBody(text) }, whole, { refusal });
}

async function acceptBounded(deps: ReceiveDeps, inputs: InputBatch, origin: string, key: Key | null): Promise<Outcome> {
  const room = deps.eventsInFlight.hold(key?.name);
  try {
    room.set(inputs.values.length);
    return await acceptEvents(deps, inputs, origin, key);
  } catch (error) {
    throw storeProblem(error);
  } finally {
    room.release();
  }
}

/**
 * Receives a stream of any length block by block, each durable before the next is read. If it
 * breaks off, earlier blocks stay stored and the problem document carries their counts; the client
 * may send everything again, because events are idempotent by identity.
 */
async function receiveLines(
  deps: ReceiveDeps,
  request: IncomingMessage,
  origin: string,
  publisher: () => Key | null,
): Promise<Summary> {
  let sum: Summary = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, position: '0', problems: [] };
  let lines = 0;
  const owner = publisher()?.name;
  const bytes = deps.bytesInFlight.hold(owner);
  const events = deps.eventsInFlight.hold(owner);
  try {
    for await (const block of readLines(request, bytes)) {
      await events.wait(block.length);
      try {
        const outcome = await deps.parsing.within(bytesOf(block), owner, async () => {
          const inputs = messageBatch(lines === 0 ? withoutMarkBefore(block) : block);
          return acceptEvents(deps, inputs, origin, publisher());
        });
        sum = added(sum, outcome, lines);
      } finally {
        events.set(0);
      }
      lines += block.length;
      if (sum.rejected - 10 * (sum.accepted + sum.duplicates) >= REJECTED_AHEAD_MAX) {
        throw new Problem('too_many_rejected', 'Nearly every line is rejected: the rest is not read.', {
          errors: sum.problems[0]?.errors,
        });
      }
    }
  } catch (error) {
    const problem = storeProblem(error);
    if (lines === 0 || !(problem instanceof Problem)) throw problem;
    const { detail, headers, errors, cause } = problem;
    throw new Problem(problem.code, `${detail} ${lines} lines were decided before; sending all again is safe.`, {
      errors,
      headers,
      cause,
      extensions: { ...sum },
    });
  } finally {
    bytes.release();
    events.release();
  }
  if (lines === 0) throw noEvents('The body holds no line');
  return sum;
}

const bytesOf = (block: readonly Buffer[]) => block.reduce((sum, line) => sum + line.length, 0);

function withoutMarkBefore(block: readonly Buffer[]): readonly Buffer[] {
  const [first, ...others] = block;
  return first === undefined ? block : [withoutMark(first), ...others];
}

function added(sum: Summary, outcome: Outcome, firstIndex: number): Summary {
  const room = Math.max(0, PROBLEMS_MAX - sum.problems.length);
  const shown = outcome.problems.slice(0, room).map((problem) => ({ ...problem, index: problem.index + firstIndex }));
  const problemsOmitted = (sum.problemsOmitted ?? 0) + outcome.problems.length - shown.length;
  return {
    accepted: sum.accepted + outcome.accepted,
    duplicates: sum.duplicates + outcome.duplicates,
    conflicts: sum.conflicts + outcome.conflicts,
    rejected: sum.rejected + outcome.rejected,
    position: String(outcome.position),
    problems: shown.length === 0 ? sum.problems : [...sum.problems, ...shown],
    ...(problemsOmitted === 0 ? {} : { problemsOmitted }),
  };
}

function summaryOf({ accepted, duplicates, conflicts, rejected, position, problems }: Outcome): Summary {
  return { accepted, duplicates, conflicts, rejected, position: String(position), problems };
}

/**
 * Returns the summary if the answer is 200.
 * @throws Problem otherwise.
 */
function answered(summary: Summary): Summary {
  if (summary.accepted + summary.duplicates > 0) return summary;
  const options = { errors: summary.problems[0]?.errors ?? [], extensions: { ...summary } };
  if (summary.problems.every(({ code }) => code === 'source_not_allowed')) {
    throw new Problem(
      'source_not_allowed',
      'The key is bound to other sources. The events are kept: GET /v1/rejected.',
      options,
    );
  }
  throw new Problem(
    'nothing_accepted',
    'No event could be accepted. They are kept, with the reasons: GET /v1/rejected.',
    options,
  );
}

const STORE_FAULTS: Readonly<
  Record<EventStoreErrorCode, { readonly why: string; readonly retryAfterSeconds: number }>
> = {
  unavailable: { why: 'The event store does not answer.', retryAfterSeconds: 1 },
  closed: { why: 'The event store is closed: the service is stopping.', retryAfterSeconds: 5 },
  full: { why: 'The event store has no room left.', retryAfterSeconds: 30 },
  locked: { why: 'The event store is held by another process.', retryAfterSeconds: 30 },
  corrupt: { why: 'The event store is damaged.', retryAfterSeconds: 60 },
  diverged: { why: 'The event store was put back from a backup.', retryAfterSeconds: 1 },
  refused: { why: 'The event store refuses to take this.', retryAfterSeconds: 60 },
  sealed: { why: 'The log was copied to another place.', retryAfterSeconds: 30 },
};

/** Maps a failure of the store to a 503 for publishers; other errors are returned unchanged. */
export function storeProblem(error: unknown): unknown {
  return problemOf(error, 'Nothing of this is acknowledged; send it again later.');
}

/** The same for readers. */
export function readingProblem(error: unknown): unknown {
  return problemOf(error, 'Ask again later.');
}

function problemOf(error: unknown, advice: string): unknown {
  if (!(error instanceof EventStoreError)) return error;
  const { retryAfterSeconds } = STORE_FAULTS[error.code];
  const why = error.code === 'sealed' ? error.message : STORE_FAULTS[error.code].why;
  return new Problem('store_unavailable', `${why} ${advice}`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause: error,
  });
}
