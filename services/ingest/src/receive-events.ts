import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { EventStoreError, type EventStoreErrorCode } from '@touchstone/event-store';
import { type Key, Problem } from '@touchstone/runtime';
import { type AcceptDeps, acceptEvents, type Counts, type EventProblem, type Outcome } from './accept-events.ts';
import { attributesFromHeaders, isBinaryMode, isDataType } from './binary-mode.ts';
import type { Refusal } from './decide-event.ts';
import type { InFlight } from './in-flight.ts';
import { bodyBatch, type InputBatch, messageBatch, parseMessage, singleBatch } from './input-batch.ts';
import { drain, readBody } from './read-body.ts';
import { readLines } from './read-lines.ts';

export const BODY_BYTES_MAX = 16 * 1024 * 1024;
export const BATCH_EVENTS_MAX = 5000;
/** Problems that one answer names; the others are counted, and kept like these. */
export const PROBLEMS_MAX = 5000;

/** A stream is given up when this many more lines were rejected than ten for each that was taken: it is something else, or hostile. */
const REJECTED_AHEAD_MAX = 10_000;

/** The answer to a request that published, before it is written as JSON. */
export interface Summary extends Counts {
  readonly position: string;
  readonly problems: readonly EventProblem[];
  readonly problemsOmitted?: number;
}

export interface ReceiveDeps extends AcceptDeps {
  /** Bodies held in memory, in bytes. */
  readonly bytesInFlight: InFlight;
  /** Events on their way into the store. */
  readonly eventsInFlight: InFlight;
}

/**
 * Takes one request to publish, of any content type. `publisher` is asked whenever events are decided, and throws once its key may publish no longer; null
 * without keys. Throws a {@link Problem} for every answer that is not 200.
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
  const bytes = bytesExpected(request.headers);
  try {
    deps.bytesInFlight.take(bytes);
  } catch (error) {
    drain(request);
    throw error;
  }
  try {
    const inputs = batchOf(await readBody(request, BODY_BYTES_MAX), kind, request.rawHeaders);
    return answered(summaryOf(await acceptBounded(deps, inputs, origin, publisher())));
  } finally {
    deps.bytesInFlight.give(bytes);
  }
}

/** What a body may come to take: all that is allowed, where nobody says how long it is, or it will be unpacked. */
function bytesExpected(headers: IncomingHttpHeaders): number {
  const length = Number(headers['content-length'] ?? BODY_BYTES_MAX);
  return headers['content-encoding'] === undefined && length <= BODY_BYTES_MAX ? length : BODY_BYTES_MAX;
}

type BodyKind = 'event' | 'batch' | 'eventOrBatch' | 'binary' | 'lines';

function kindOf(headers: IncomingHttpHeaders): BodyKind {
  const contentType = headers['content-type'] ?? '';
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
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
  if (mediaType === 'application/x-ndjson' || mediaType === 'application/ndjson') return 'lines';
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

function batchOf(sent: Buffer, kind: Exclude<BodyKind, 'lines'>, rawHeaders: readonly string[]): InputBatch {
  if (!isUtf8(sent)) throw new Problem('invalid_json', 'The body is not UTF-8.');
  // A byte order mark says nothing in UTF-8 and is no JSON.
  const body = hasByteOrderMark(sent) ? sent.subarray(3) : sent;
  const text = body.toString('utf8');
  if (kind === 'binary' && body.length === 0) return binaryBatch(undefined, '', rawHeaders);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem('invalid_json', body.length === 0 ? 'The body is empty.' : `The body ${parseMessage(error)}.`);
  }
  if (kind === 'binary') return binaryBatch(value, text, rawHeaders);
  if (Array.isArray(value) && kind !== 'event') {
    if (value.length === 0) throw noEvents('The array is empty');
    if (value.length > BATCH_EVENTS_MAX) {
      throw new Problem(
        'too_many_events',
        `A batch may hold ${BATCH_EVENTS_MAX} events; this one holds ${value.length}. Send several, or application/x-ndjson.`,
      );
    }
  } else if (kind === 'batch') {
    throw new Problem('invalid_json', 'application/cloudevents-batch+json is a JSON array of events.');
  }
  return kind === 'event' && Array.isArray(value) ? singleBatch(value, text, SINGLE) : bodyBatch(body, text, value);
}

function noEvents(why: string): Problem {
  const extensions = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, problems: [] };
  return new Problem('no_events', `${why}: there is nothing to publish.`, { extensions });
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

/** The event of `ce-*` headers and a body, `text`; an empty one is no data. */
function binaryBatch(data: unknown, text: string, rawHeaders: readonly string[]): InputBatch {
  const { attributes, refusal } = attributesFromHeaders(rawHeaders);
  if (text === '') return singleBatch(attributes, JSON.stringify(attributes), refusal);
  const whole = `${JSON.stringify(attributes).slice(0, -1)},"data":${text}}`;
  return singleBatch({ ...attributes, data }, whole, refusal);
}

function hasByteOrderMark(bytes: Buffer): boolean {
  return bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

async function acceptBounded(deps: ReceiveDeps, inputs: InputBatch, origin: string, key: Key | null): Promise<Outcome> {
  const count = inputs.values.length;
  deps.eventsInFlight.take(count);
  try {
    return await acceptEvents(deps, inputs, origin, key);
  } catch (error) {
    throw storeProblem(error);
  } finally {
    deps.eventsInFlight.give(count);
  }
}

/**
 * A stream of any length: block by block, each durable before the next is read. If it breaks off, what was stored before stays, and the
 * problem document carries the counts up to there; sending all of it again is safe, because identities decide duplicates.
 */
async function receiveLines(
  deps: ReceiveDeps,
  request: IncomingMessage,
  origin: string,
  publisher: () => Key | null,
): Promise<Summary> {
  let sum: Summary = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, position: '0', problems: [] };
  let lines = 0;
  try {
    for await (const block of readLines(request)) {
      await deps.eventsInFlight.wait(block.length);
      try {
        const inputs = messageBatch(lines === 0 ? withoutMark(block) : block);
        const outcome = await acceptEvents(deps, inputs, origin, publisher());
        sum = added(sum, outcome, lines);
      } finally {
        deps.eventsInFlight.give(block.length);
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
  }
  if (lines === 0) throw noEvents('The body holds no line');
  return sum;
}

function withoutMark(block: readonly Buffer[]): readonly Buffer[] {
  const [first, ...others] = block;
  return first !== undefined && hasByteOrderMark(first) ? [first.subarray(3), ...others] : block;
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

/** The summary as an answer of 200; a problem if it is none. */
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
  refused: { why: 'The event store refuses to take this.', retryAfterSeconds: 60 },
};

/** What the store cannot do now as a 503; anything else as it is. */
export function storeProblem(error: unknown): unknown {
  if (!(error instanceof EventStoreError)) return error;
  const { why, retryAfterSeconds } = STORE_FAULTS[error.code];
  return new Problem('store_unavailable', `${why} Nothing of this is acknowledged; send it again later.`, {
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause: error,
  });
}
