import {
  dataSchemas,
  type EventType,
  eventTypeOf,
  faultsOf,
  type JourneyEvent,
  meaningOfDataFaults,
} from './events.ts';
import type { Fault } from './faults.ts';
import { isInstant, parseInstant } from './instant.ts';
import { isStorable } from './stored-data.ts';
import { CUSTOMER_STREAM } from './streams.ts';

/**
 * Converts an event from an older wire name to its successor; steps are chained up to a name that
 * the fold knows.
 */
export type Upcaster = (data: Record<string, unknown>) => {
  readonly type: string;
  readonly data: Record<string, unknown>;
};

/**
 * Maps an old wire name to its upcaster. When `….v2` of an event is introduced, `….v1` leaves the
 * schemas and gets its step here; its fixture in `fixtures/` stays forever, and a test reads every
 * fixture.
 */
export const upcasters: ReadonlyMap<string, Upcaster> = new Map();

/** An event of the log that cannot be read. It is parked, and other events go on. */
export class UndecodableEvent extends Error {
  override readonly name = 'UndecodableEvent';
}

/** A stored event, as the log returns it. */
export interface Encoded {
  /** ms since 1970; read from the body if absent. */
  readonly time?: number;
  /** Time of storing, ms since 1970. */
  readonly recordedAt?: number;
  /** `customer-` followed by the customer's id. */
  readonly stream?: string;
  /** The whole CloudEvent as JSON text, as written by ingest. */
  readonly body: string;
}

/** The body's fields, all untrusted: a store may be damaged, and other programs may write to it. */
interface Body {
  readonly id: unknown;
  readonly source: unknown;
  readonly type: unknown;
  readonly subject: unknown;
  readonly time: unknown;
  readonly data: unknown;
}

/**
 * Decodes a stored event for the fold: upcasts its type and checks every field against its schema,
 * so that it can be scored and become a row. Throws {@link UndecodableEvent} with the reason for
 * any other input.
 */
export function decodeEvent(encoded: Encoded, steps: ReadonlyMap<string, Upcaster> = upcasters): JourneyEvent {
  const body = parsed(encoded.body);
  const { id, source, subject } = body;
  const { type: name, data } = steps.size === 0 ? body : upToDate(body, steps);
  const type = typeof name === 'string' ? eventTypeOf(name) : undefined;
  if (type === undefined) {
    throw new UndecodableEvent(
      `the stored event ${shown(id)} of ${shown(source)} has the unreadable type ${shown(name)}`,
    );
  }
  const time = encoded.time ?? (typeof body.time === 'string' ? parseInstant(body.time) : undefined);
  const fault = envelopeFault(encoded, body, time) ?? dataFault(type, subject as string, data);
  if (fault !== undefined) {
    throw new UndecodableEvent(`the stored event ${shown(id)} of ${shown(source)} cannot be measured: ${fault}`);
  }
  return { id, source, type, customerId: subject, time, data } as { [Type in EventType]: JourneyEvent }[EventType];
}

function parsed(text: string): Body {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new UndecodableEvent(`damaged: the stored event is not JSON: ${shown(text)}`, { cause });
  }
  if (typeof body !== 'object' || body === null)
    throw new UndecodableEvent('damaged: the stored event is no JSON object');
  return body as Body;
}

function upToDate({ type, data }: Body, steps: ReadonlyMap<string, Upcaster>): Pick<Body, 'type' | 'data'> {
  let event = { type, data };
  for (let step = steps.get(type as string); step !== undefined; step = steps.get(event.type as string)) {
    try {
      event = step(event.data as Record<string, unknown>);
    } catch (cause) {
      throw new UndecodableEvent(`the stored event of type ${shown(event.type)} cannot be brought up to date`, {
        cause,
      });
    }
  }
  return event;
}

const TEXT_MAX = 256;

function envelopeFault(
  { recordedAt, stream }: Encoded,
  { id, source, subject, time: text }: Body,
  time: number | undefined,
): string | undefined {
  if (!isName(id)) return `id ${NO_NAME}`;
  if (!isName(source)) return `source ${NO_NAME}`;
  if (!isName(subject)) return `subject ${NO_NAME}`;
  if (time === undefined || !isInstant(time)) return `it was stored with the time ${shown(time ?? text)}`;
  if (recordedAt !== undefined && !isInstant(recordedAt))
    return `it was stored at ${shown(recordedAt)}, which is no time`;
  if (stream === undefined) return undefined;
  const isTheirs = stream.length === CUSTOMER_STREAM.length + subject.length && stream.endsWith(subject);
  if (isTheirs || !stream.startsWith(CUSTOMER_STREAM)) return undefined;
  return `it names the customer ${shown(subject)} and is stored with those of another`;
}

const NO_NAME = `is no text of 1..${TEXT_MAX} characters`;

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX;
}

function dataFault(type: EventType, subject: string, data: unknown): string | undefined {
  if (!isStorable(type, data)) {
    const result = dataSchemas[type].safeParse(data);
    if (!result.success) return inWords(faultsOf(result.error, 'data'));
  }
  const faults = meaningOfDataFaults(type, subject, data);
  return faults.length === 0 ? undefined : inWords(faults);
}

/** Describes the first three faults: they suffice to show that the event is damaged. */
function inWords(faults: readonly Fault[]): string {
  return faults
    .slice(0, 3)
    .map(({ path, message }) => `${path}: ${shown(message, 200)}`)
    .join('; ');
}

/** A value shortened for a message, whatever its type. */
function shown(value: unknown, lengthMax = 80): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}
