import { type ClientOptions, sendForText } from './send-request.ts';
import { UnreachableError } from './touchstone-error.ts';

export interface EventsQuery {
  /** Log position: the page begins with the first event after it. */
  readonly after?: bigint | undefined;
  /** Greatest number of events in the page; default 1000. */
  readonly limit?: number | undefined;
  /** Only events of this customer. */
  readonly customer?: string | undefined;
  /** Only events of this CloudEvents `type`. */
  readonly type?: string | undefined;
}

/** Published events in the order of the log. */
export interface EventsPage {
  /**
   * NDJSON: one CloudEvent a line, with `touchstoneposition` and `touchstonerecordedat` added to
   * its own attributes.
   */
  readonly lines: string;
  /** Number of lines. */
  readonly events: number;
  /** Number of `lines` that stand for an event damaged in the log; included in `events`. */
  readonly damaged: number;
  /** The `after` of the next page. */
  readonly next: bigint;
  /** End of the log: the caller has read all of it once `next` equals `end`. */
  readonly end: bigint;
}

export async function readEventsPage(
  client: ClientOptions,
  path: string,
  signal: AbortSignal | undefined,
): Promise<EventsPage> {
  const { body, headers } = await sendForText(client, path, { signal });
  const number = (name: string) => {
    const value = headers.get(`touchstone-${name}`);
    if (value !== null && /^\d+$/.test(value)) return BigInt(value);
    throw new UnreachableError(`${client.url} does not answer as Touchstone does: it gives no pages of events.`);
  };
  return {
    lines: body,
    events: Number(number('events')),
    damaged: Number(number('damaged')),
    next: number('next-position'),
    end: number('end-position'),
  };
}
