import { z } from 'zod';
import { addFault, checkInstant } from './event-types/event-type.ts';
import { type Data, dataSchemas, declarationOf, type EventType, eventTypes, isEventType } from './event-types/index.ts';
import { boundedFaults, FAULTS_MAX, type Fault } from './faults.ts';
import { id, identifier, instant } from './fields.ts';
import { plainEvent } from './plain-event.ts';
import { EXPECTED_PROMISE } from './state.ts';

export { shortTypeOf } from './event-types/event-type.ts';
export {
  dataSchemas,
  declarationOf,
  type EventType,
  eventTypeOf,
  eventTypeOfShort,
  eventTypes,
  isEventType,
  type ShortType,
} from './event-types/index.ts';

interface Envelope<Type extends EventType> {
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  readonly customerId: string;
  /** Time of the event, ms since 1970. */
  readonly time: number;
  readonly data: Data[Type];
}

/** A published event in the form that the fold takes; a union of all types. */
export type JourneyEvent = { [Type in EventType]: Envelope<Type> }[EventType];

/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<JourneyEvent, { type: Type }>;

/** Matches a JSON media type: its subtype is `json`, or ends in `+json`. */
export const JSON_MEDIA_TYPE = /^[^\s/;]+\/(?:[^\s/;]+\+)?json\s*(?:;.*)?$/i;

/**
 * The CloudEvents 1.0 envelope. {@link dataSchemas} describe its `data`; extension attributes are
 * allowed, see {@link extensionFaults}.
 */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id,
  source: identifier,
  type: z.string().min(1).max(256),
  subject: id.optional().describe('The customer; may stand in `data.customerId` instead.'),
  time: instant.describe('When it happened: RFC 3339 with a zone. Required, though CloudEvents leaves it open.'),
  datacontenttype: z.string().regex(JSON_MEDIA_TYPE, 'must be JSON: application/json').optional(),
  dataschema: z.string().max(2048).optional(),
});

/**
 * Checks rules that no schema of single fields can express: the customer is named once, times are
 * valid calendar dates, ratings are within their scales, a journey has its type. The input must
 * have passed the schemas; an empty result means that the event may be stored.
 */
export function meaningFaults(event: {
  readonly type: string;
  readonly time: string;
  readonly subject?: string | undefined;
  readonly data: unknown;
}): readonly Fault[] {
  const faults: Fault[] = [];
  checkInstant(faults, 'time', event.time);
  addDataFaults(faults, event.type, event.subject, event.data);
  checkReserved(faults, event.type, event.data);
  return faults;
}

/** Stored events may bear such an id: earlier versions took it. */
function checkReserved(faults: Fault[], type: string, data: unknown): void {
  const { promiseId } = data as { readonly promiseId?: unknown };
  if (typeof promiseId !== 'string' || !promiseId.startsWith(EXPECTED_PROMISE)) return;
  if (declarationOf(type)?.data.shape.promiseId === undefined) return;
  addFault(
    faults,
    'data.promiseId',
    `must not begin with ${EXPECTED_PROMISE}: such ids are those of the promises that definitions expect`,
  );
}

/** The same checks for stored data, without the time, which is stored as a number. */
export function meaningOfDataFaults(type: EventType, subject: string, data: unknown): readonly Fault[] {
  const faults: Fault[] = [];
  addDataFaults(faults, type, subject, data);
  return faults;
}

function addDataFaults(faults: Fault[], type: string, subject: string | undefined, checked: unknown): void {
  const data = checked as { readonly customerId?: string; readonly journeyId?: string; readonly journeyType?: string };
  if (subject === undefined && data.customerId === undefined) {
    addFault(faults, 'subject', 'must be the customer id (or give data.customerId)');
  } else if (subject !== undefined && data.customerId !== undefined && subject !== data.customerId) {
    addFault(faults, 'data.customerId', `is another customer than subject: ${data.customerId} and ${subject}`);
  }
  if ((data.journeyId === undefined) !== (data.journeyType === undefined)) {
    addFault(
      faults,
      data.journeyId === undefined ? 'data.journeyId' : 'data.journeyType',
      'journeyId and journeyType come together or not at all',
    );
  }
  declarationOf(type)?.checkMeaning?.(data as never, faults);
}

const EXTENSION_NAME = /^[a-z0-9]+$/;
const ATTRIBUTES: ReadonlySet<string> = new Set([...Object.keys(envelopeSchema.shape), 'data']);

/**
 * Faults of extension attributes by CloudEvents' rules for names and types, the same in every mode.
 */
export function extensionFaults(event: object): readonly Fault[] {
  let faults: Fault[] | undefined;
  for (const name in event) {
    if (ATTRIBUTES.has(name)) continue;
    if (faults !== undefined && faults.length === FAULTS_MAX) break;
    const value = (event as Readonly<Record<string, unknown>>)[name];
    if (!EXTENSION_NAME.test(name)) {
      faults ??= [];
      addFault(faults, name, 'is no name of an attribute: lower-case letters and digits');
    } else if (!isExtensionValue(value)) {
      faults ??= [];
      addFault(faults, name, 'is no value of an attribute: a text, true or false, or a whole number of 32 bits');
    }
  }
  return faults ?? [];
}

function isExtensionValue(value: unknown): boolean {
  // `| 0` leaves a number unchanged only if it is a 32-bit integer.
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && (value | 0) === value)
  );
}

/**
 * The faults of an event as it came from outside, worded for its publisher; none if it may be
 * stored. This is the exact, slower check.
 */
export function eventFaults(input: unknown): readonly Fault[] {
  const plain = plainEvent(input, true);
  return 'faults' in plain ? boundedFaults(plain.faults) : plainEventFaults(plain.event);
}

/** The same for an event that is already in plain form. */
export function plainEventFaults(input: Readonly<Record<string, unknown>>): readonly Fault[] {
  return boundedFaults(allFaults(input));
}

function allFaults(input: Readonly<Record<string, unknown>>): readonly Fault[] {
  const envelope = envelopeSchema.safeParse(input);
  if (!envelope.success) return faultsOf(envelope.error);
  const { type } = envelope.data;
  if (!isEventType(type)) {
    return [{ path: 'type', message: `unknown event type ${type}; known: ${eventTypes.join(', ')}` }];
  }
  const { data } = input;
  const parsed = dataSchemas[type].safeParse(data);
  if (!parsed.success) return faultsOf(parsed.error, 'data');
  return [...extensionFaults(input), ...meaningFaults({ ...envelope.data, data })];
}

/** zod's first issues, with dotted paths. */
export function faultsOf(error: z.ZodError, under = ''): Fault[] {
  return error.issues.slice(0, FAULTS_MAX).map((issue) => ({
    path: [under, ...issue.path.map(String)].filter((part) => part !== '').join('.'),
    message: issue.message,
  }));
}
