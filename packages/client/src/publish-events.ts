import { eventProblem, publishSummary } from '@touchstone/api/publish-summary';
import { z } from 'zod';
import { type ClientOptions, sendRequest } from './send-request.ts';
import { TouchstoneError } from './touchstone-error.ts';

/** A CloudEvent on its way to Touchstone. Its `data` is described at `/docs` of the server. */
export interface EventToPublish {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** The customer; optional if `data.customerId` names them. */
  readonly subject?: string;
  /**
   * Time of the event, RFC 3339 with a zone. The server rejects one more than a day ahead of its
   * clock (its `FUTURE_LIMIT`) as `time_in_future`; the caller may retry it later.
   */
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [extension: string]: unknown;
}

/** The server lists every problem of a batch; a newer one may have more codes. */
const summarySchema = publishSummary
  .omit({ problemsOmitted: true })
  .extend({ problems: z.array(eventProblem.extend({ code: z.string() })) });

/**
 * Outcome of publishing: the four counts add up to the number of events published. A problem's
 * `index` counts over all of them, not over its batch.
 */
export type PublishSummary = z.infer<typeof summarySchema>;

/**
 * Publishing stopped early: `summary` covers the first `sent` events. The caller may safely publish
 * all of them again.
 */
export class PublishError extends Error {
  override readonly name = 'PublishError';
  readonly summary: PublishSummary;
  /** Number of events whose outcome the server has answered. */
  readonly sent: number;
  constructor(cause: Error, summary: PublishSummary, sent: number) {
    super(`After ${sent} events: ${cause.message}`, { cause });
    this.summary = summary;
    this.sent = sent;
  }
}

const BATCH_EVENTS = 500;
const BATCH_CHARACTERS = 4 * 1024 * 1024;

/**
 * Publishes events in batches, in order, one batch after the other.
 * @throws PublishError if a batch cannot be sent.
 */
export async function publishEvents(
  client: ClientOptions,
  events: Iterable<EventToPublish> | AsyncIterable<EventToPublish>,
  signal?: AbortSignal,
): Promise<PublishSummary> {
  let summary: PublishSummary = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, position: '0', problems: [] };
  let sent = 0;
  for await (const batch of batches(events)) {
    try {
      summary = added(summary, await publishBatch(client, batch, signal), sent);
    } catch (error) {
      throw new PublishError(error as Error, summary, sent);
    }
    sent += batch.length;
  }
  return summary;
}

async function publishBatch(client: ClientOptions, batch: readonly string[], signal: AbortSignal | undefined) {
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const options = { method: 'POST' as const, headers, body: `[${batch.join(',')}]`, signal };
  try {
    return summarySchema.parse(await sendRequest(client, '/v1/events', options));
  } catch (error) {
    // The server answers a batch with no accepted event as a problem, which still holds the verdict
    // of each event.
    const summary = error instanceof TouchstoneError ? summarySchema.safeParse(error.problem) : undefined;
    if (summary?.success) return summary.data;
    throw error;
  }
}

async function* batches(events: Iterable<EventToPublish> | AsyncIterable<EventToPublish>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let characters = 0;
  for await (const event of events) {
    const text = JSON.stringify(event);
    if (batch.length > 0 && (batch.length === BATCH_EVENTS || characters + text.length > BATCH_CHARACTERS)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    batch.push(text);
    characters += text.length;
  }
  if (batch.length > 0) yield batch;
}

function added(sum: PublishSummary, batch: PublishSummary, firstIndex: number): PublishSummary {
  return {
    accepted: sum.accepted + batch.accepted,
    duplicates: sum.duplicates + batch.duplicates,
    conflicts: sum.conflicts + batch.conflicts,
    rejected: sum.rejected + batch.rejected,
    position: batch.position,
    problems: [
      ...sum.problems,
      ...batch.problems.map((problem) => ({ ...problem, index: problem.index + firstIndex })),
    ],
  };
}
