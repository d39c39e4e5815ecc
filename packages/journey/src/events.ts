import { z } from 'zod';
import { actor, attributes, identifier, instant, name, type Rating, rating, ratingFault, text } from './fields.ts';
import { parseInstant } from './instant.ts';

/** What every `data` may carry. Fields beyond those of a type are kept with the event and measured by nothing. */
const common = {
  customerId: identifier.optional(),
  journeyId: identifier.optional(),
  journeyType: name.optional(),
  attributes: attributes.optional(),
  actor: actor.optional(),
};

const ratings = z.strictObject({
  reliability: rating.optional(),
  assurance: rating.optional(),
  tangibles: rating.optional(),
  empathy: rating.optional(),
  responsiveness: rating.optional(),
});

const momentRecorded = z.object({
  ...common,
  touchpoint: name,
  channel: name,
  outcome: z.enum(['succeeded', 'failed', 'abandoned']),
  expectation: rating.optional(),
  perception: rating.optional(),
  /** RATER / SERVQUAL. */
  ratings: ratings.optional(),
  /** 5 is the most effort. */
  effort: rating.optional(),
  durationMs: z.number().min(0).max(1e12).optional(),
  /** Of a failure: the offer, the procedure or the people. */
  cause: z.enum(['value', 'system', 'people']).optional(),
});

const feedbackGiven = z.object({
  ...common,
  instrument: z.enum(['csat', 'nps', 'ces']),
  /** csat and ces: a rating; nps: a whole number 0..10. */
  score: z.union([z.number().min(0).max(10), z.object({ value: z.number(), min: z.number(), max: z.number() })]),
  touchpoint: name.optional(),
  expectation: rating.optional(),
  comment: text.optional(),
});

const promiseMade = z.object({
  ...common,
  promiseId: identifier,
  dueAt: instant,
  what: text.optional(),
  touchpoint: name.optional(),
});
const promiseClosed = z.object({ ...common, promiseId: identifier });

const complaintRaised = z.object({
  ...common,
  complaintId: identifier,
  touchpoint: name.optional(),
  channel: name.optional(),
  severity: z.union([z.string().max(128), z.number()]).optional(),
});
const complaintAnswered = z.object({ ...common, complaintId: identifier });
const complaintResolved = z.object({
  ...common,
  complaintId: identifier,
  firstContact: z.boolean().optional(),
  satisfaction: rating.optional(),
});
const complaintFollowedUp = z.object({ ...common, complaintId: identifier, satisfaction: rating.optional() });

const recoveryMade = z.object({
  ...common,
  kind: z.enum(['apology', 'refund', 'replacement', 'gesture']),
  accepted: z.boolean(),
  touchpoint: name.optional(),
});

const purchaseMade = z.object({
  ...common,
  amount: z.number().min(0).max(1e15),
  currency: z.string().regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code, e.g. EUR'),
  orderId: identifier.optional(),
});

const referralMade = z.object({ ...common, referredId: identifier.optional() });
const ended = z.object({ ...common, reason: text.optional() });

/** The `data` of each event type by its wire name. The version is part of the name; what was once published stays readable. */
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

/** A text fresh from JSON is looked up in a set as it is; as the name of a property it would be interned first, which costs more than the look-up. */
const known: ReadonlySet<string> = new Set(eventTypes);

export function isEventType(type: string): type is EventType {
  return known.has(type);
}

type Data = { [Type in EventType]: z.infer<(typeof dataSchemas)[Type]> };

interface Envelope<Type extends EventType> {
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  readonly customerId: string;
  /** When it happened, ms since 1970. */
  readonly time: number;
  readonly data: Data[Type];
}

/** A published event as the fold takes it; a union over the types. */
export type JourneyEvent = { [Type in EventType]: Envelope<Type> }[EventType];

/** The event of one type. */
export type EventOf<Type extends EventType> = Extract<JourneyEvent, { type: Type }>;

/** One fault of an input: where it stands and what to do about it. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** The CloudEvents 1.0 envelope. Its `data` is the matter of {@link dataSchemas}; extension attributes may stand beside these. */
export const envelopeSchema = z.object({
  specversion: z.literal('1.0'),
  id: identifier,
  source: identifier,
  type: z.string().min(1).max(256),
  subject: identifier.optional(),
  time: instant,
  datacontenttype: z
    .string()
    .regex(/^application\/(?:[\w.+-]+\+)?json(?:\s*;.*)?$/i, 'must be JSON: application/json')
    .optional(),
  dataschema: z.string().max(2048).optional(),
});

/**
 * What no schema of single fields can say: the customer is named, and named once; the times are days of the calendar; ratings lie on
 * their scales; a journey has its type. Takes what has passed the schemas; an empty answer means that the event may be stored.
 */
export function meaningFaults(event: {
  readonly type: string;
  readonly time: string;
  readonly subject?: string | undefined;
  readonly data: unknown;
}): readonly Fault[] {
  const data = event.data as Partial<
    Data['touchstone.moment.recorded.v1'] &
      Omit<Data['touchstone.feedback.given.v1'], 'expectation'> &
      Data['touchstone.promise.made.v1'] &
      Data['touchstone.complaint.resolved.v1']
  >;
  const faults: Fault[] = [];

  if (event.subject === undefined && data.customerId === undefined) {
    addFault(faults, 'subject', 'must be the customer id (or give data.customerId)');
  } else if (event.subject !== undefined && data.customerId !== undefined && event.subject !== data.customerId) {
    addFault(faults, 'data.customerId', `is another customer than subject: ${data.customerId} and ${event.subject}`);
  }
  if (parseInstant(event.time) === undefined) addFault(faults, 'time', CALENDAR);
  if ((data.journeyId === undefined) !== (data.journeyType === undefined)) {
    addFault(
      faults,
      data.journeyId === undefined ? 'data.journeyId' : 'data.journeyType',
      'journeyId and journeyType come together or not at all',
    );
  }
  switch (event.type) {
    case 'touchstone.moment.recorded.v1':
      checkRating(faults, 'data.expectation', data.expectation);
      checkRating(faults, 'data.perception', data.perception);
      checkRating(faults, 'data.effort', data.effort);
      if (data.ratings !== undefined) {
        const entries = Object.entries(data.ratings);
        if (entries.length === 0) addFault(faults, 'data.ratings', 'must hold at least one rating');
        for (const [dimension, value] of entries) checkRating(faults, `data.ratings.${dimension}`, value);
      }
      break;
    case 'touchstone.feedback.given.v1':
      checkRating(faults, 'data.expectation', data.expectation);
      if (data.instrument !== 'nps') checkRating(faults, 'data.score', data.score);
      else if (!Number.isInteger(data.score)) addFault(faults, 'data.score', 'of nps must be a whole number 0..10');
      break;
    case 'touchstone.promise.made.v1':
      if (parseInstant(data.dueAt!) === undefined) addFault(faults, 'data.dueAt', CALENDAR);
      break;
    case 'touchstone.complaint.resolved.v1':
    case 'touchstone.complaint.followed-up.v1':
      checkRating(faults, 'data.satisfaction', data.satisfaction);
      break;
  }
  return faults;
}

function addFault(faults: Fault[], path: string, message: string): void {
  faults.push({ path, message });
}

function checkRating(faults: Fault[], path: string, value: Rating | undefined): void {
  const why = value === undefined ? undefined : ratingFault(value);
  if (why !== undefined) faults.push({ path, message: why });
}

const CALENDAR = 'must be a day of the calendar between 1970 and 2199';

/** All faults of an event as it came from outside, in words for its publisher; none if it may be stored. The exact, slower check. */
export function eventFaults(input: unknown): readonly Fault[] {
  const envelope = envelopeSchema.safeParse(input);
  if (!envelope.success) return faultsOf(envelope.error);
  const { type } = envelope.data;
  if (!isEventType(type)) {
    return [{ path: 'type', message: `unknown event type ${type}; known: ${eventTypes.join(', ')}` }];
  }
  const raw = (input as { data?: unknown }).data;
  const data = dataSchemas[type].safeParse(raw);
  if (!data.success) return faultsOf(data.error, 'data');
  return meaningFaults({ ...envelope.data, data: raw });
}

/** zod's findings as dotted paths. */
export function faultsOf(error: z.ZodError, under = ''): Fault[] {
  return error.issues.map((issue) => ({
    path: [under, ...issue.path.map(String)].filter((part) => part !== '').join('.'),
    message: issue.message,
  }));
}
