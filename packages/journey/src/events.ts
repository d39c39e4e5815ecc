import { z } from 'zod';
import { boundedFaults, FAULTS_MAX, type Fault } from './faults.ts';
import {
  actor,
  attributes,
  id,
  identifier,
  instant,
  journeyType,
  name,
  onScale,
  type Rating,
  rating,
  ratingFault,
  text,
} from './fields.ts';
import { instantFault, parseInstant } from './instant.ts';
import { plainEvent } from './plain-event.ts';

/**
 * Fields that every `data` may have. Fields beyond those of its type are stored with the event, and
 * no score uses them.
 */
const common = {
  customerId: id.optional(),
  journeyId: id.optional(),
  journeyType: journeyType.optional(),
  attributes: attributes.optional(),
  actor: actor.optional(),
};

const ratings = z
  .strictObject({
    reliability: rating.optional(),
    assurance: rating.optional(),
    tangibles: rating.optional(),
    empathy: rating.optional(),
    responsiveness: rating.optional(),
  })
  .meta({ id: 'Ratings' });

const momentRecorded = z.object({
  ...common,
  touchpoint: name,
  channel: name,
  outcome: z.enum(['succeeded', 'failed', 'abandoned']).meta({ id: 'Outcome' }),
  expectation: rating.optional(),
  perception: rating.optional(),
  /** Ratings of the RATER / SERVQUAL dimensions. */
  ratings: ratings.optional(),
  /** 5 is the highest effort. */
  effort: rating.optional(),
  durationMs: z.number().min(0).max(1e12).optional(),
  /** Cause of a failure: the offer, the procedure or the people. */
  cause: z.enum(['value', 'system', 'people']).meta({ id: 'FailureCause' }).optional(),
});

const feedbackGiven = z.object({
  ...common,
  instrument: z.enum(['csat', 'nps', 'ces']).meta({ id: 'FeedbackInstrument' }),
  /** csat and ces: a rating; nps: a whole number 0..10. */
  score: z.union([z.number().min(0).max(10), onScale]).meta({ id: 'FeedbackScore' }),
  touchpoint: name.optional(),
  expectation: rating.optional(),
  comment: text.optional(),
});

const promiseMade = z.object({
  ...common,
  promiseId: id,
  dueAt: instant,
  what: text.optional(),
  touchpoint: name.optional(),
});
const promiseClosed = z.object({ ...common, promiseId: id });

const complaintRaised = z.object({
  ...common,
  complaintId: id,
  touchpoint: name.optional(),
  channel: name.optional(),
  severity: z
    .union([z.string().max(128), z.number()])
    .meta({ id: 'Severity' })
    .optional(),
});
const complaintAnswered = z.object({ ...common, complaintId: id });
const complaintResolved = z.object({
  ...common,
  complaintId: id,
  firstContact: z.boolean().optional(),
  satisfaction: rating.optional(),
});
const complaintFollowedUp = z.object({ ...common, complaintId: id, satisfaction: rating.optional() });

const recoveryMade = z.object({
  ...common,
  kind: z.enum(['apology', 'refund', 'replacement', 'gesture']).meta({ id: 'RecoveryKind' }),
  accepted: z.boolean(),
  touchpoint: name.optional(),
});

const purchaseMade = z.object({
  ...common,
  amount: z.number().min(0).max(1e15),
  currency: z.string().regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code, e.g. EUR'),
  orderId: id.optional(),
});

const referralMade = z.object({ ...common, referredId: id.optional() });
const ended = z.object({ ...common, reason: text.optional() });

/**
 * The `data` schema of each event type by its wire name. The version is part of the name; published
 * events stay readable.
 */
export const dataSchemas = {
  'touchstone.moment.recorded.v1': momentRecorded,
  'touchstone.feedback.given.v1': feedbackGiven,
  'touchstone.promise.made.v1': promiseMade,
  'touchstone.promise.kept.v1': promiseClosed,
  'touchstone.promise.withdrawn.v1': promiseClosed,
  'touchstone.complaint.raised.v1': complaintRaised,
  'touchstone.complaint.answered.v1': complaintAnswered,
  'touchstone.complaint.resolved.v1': complaintResolved,
  'touchstone.complaint.followed-up.v1': complaintFollowedUp,
  'touchstone.recovery.made.v1': recoveryMade,
  'touchstone.purchase.made.v1': purchaseMade,
  'touchstone.referral.made.v1': referralMade,
  'touchstone.journey.completed.v1': ended,
  'touchstone.journey.abandoned.v1': ended,
  'touchstone.relationship.ended.v1': ended,
} as const;

export type EventType = keyof typeof dataSchemas;
export const eventTypes = Object.keys(dataSchemas) as readonly EventType[];

/**
 * A Map is used, because a property look-up would first intern a text fresh from JSON, which costs
 * more than the look-up.
 */
const known: ReadonlyMap<string, EventType> = new Map(eventTypes.map((type) => [type, type]));

/**
 * The type with that name; undefined if there is none. Always returns the same string object, so
 * comparing types is fast.
 */
export function eventTypeOf(name: string): EventType | undefined {
  return known.get(name);
}

export function isEventType(type: string): type is EventType {
  return known.has(type);
}

type Data = { [Type in EventType]: z.infer<(typeof dataSchemas)[Type]> };

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
  return faults;
}

/** The same checks for stored data, without the time, which is stored as a number. */
export function meaningOfDataFaults(type: EventType, subject: string, data: unknown): readonly Fault[] {
  const faults: Fault[] = [];
  addDataFaults(faults, type, subject, data);
  return faults;
}

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: each kind of event has its case.
function addDataFaults(faults: Fault[], type: string, subject: string | undefined, checked: unknown): void {
  const data = checked as Partial<
    Data['touchstone.moment.recorded.v1'] &
      Omit<Data['touchstone.feedback.given.v1'], 'expectation'> &
      Data['touchstone.promise.made.v1'] &
      Data['touchstone.complaint.resolved.v1']
  >;
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
  switch (type) {
    case 'touchstone.moment.recorded.v1':
      checkRating(faults, 'data.expectation', data.expectation);
      checkRating(faults, 'data.perception', data.perception);
      checkRating(faults, 'data.effort', data.effort);
      if (data.ratings !== undefined) {
        let isRated = false;
        for (const dimension in data.ratings) {
          isRated = true;
          const value = data.ratings[dimension as keyof typeof data.ratings];
          const why = value === undefined ? undefined : ratingFault(value);
          if (why !== undefined) addFault(faults, `data.ratings.${dimension}`, why);
        }
        if (!isRated) addFault(faults, 'data.ratings', 'must hold at least one rating');
      }
      break;
    case 'touchstone.feedback.given.v1':
      checkRating(faults, 'data.expectation', data.expectation);
      if (data.instrument !== 'nps') checkRating(faults, 'data.score', data.score);
      else if (!Number.isInteger(data.score)) addFault(faults, 'data.score', 'of nps must be a whole number 0..10');
      break;
    case 'touchstone.promise.made.v1':
      checkInstant(faults, 'data.dueAt', data.dueAt!);
      break;
    case 'touchstone.complaint.resolved.v1':
    case 'touchstone.complaint.followed-up.v1':
      checkRating(faults, 'data.satisfaction', data.satisfaction);
      break;
  }
}

function addFault(faults: Fault[], path: string, message: string): void {
  faults.push({ path, message });
}

function checkRating(faults: Fault[], path: string, value: Rating | undefined): void {
  const why = value === undefined ? undefined : ratingFault(value);
  if (why !== undefined) faults.push({ path, message: why });
}

function checkInstant(faults: Fault[], path: string, text: string): void {
  if (parseInstant(text) === undefined) addFault(faults, path, instantFault(text)!);
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
