import { z } from 'zod';
import { INSTANT_PATTERN, NO_INSTANT } from './instant.ts';

/**
 * Excludes control characters and lone surrogates: such ids cannot be displayed, typed, put into a
 * header or written as UTF-8.
 */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;

/** A publisher's text that identifies something: printable, and short enough to display. */
export const identifier = z
  .string()
  .min(1)
  .max(256)
  .regex(PRINTABLE, 'must not contain control characters or lone surrogates');

/** Matches anything except `.` and `..`, which every client and server removes from a URL path. */
export const ADDRESSABLE = /^(?:[^.]|\.[^.]|\.\..)/;
const NOT_ADDRESSABLE = 'must not be . or ..: it could not stand in an address';

/** An id that occurs, or may occur, in the API's paths. */
export const id = identifier.regex(ADDRESSABLE, NOT_ADDRESSABLE);

/** A name shared by many events: a touchpoint, channel, journey type, kind. */
export const name = z
  .string()
  .min(1)
  .max(128)
  .regex(PRINTABLE, 'must not contain control characters or lone surrogates');

/** A name that occurs in paths: a definition is written and read under it. */
export const journeyType = name.regex(ADDRESSABLE, NOT_ADDRESSABLE);

export const text = z.string().max(10_000);

/**
 * RFC 3339 with a zone. Only the format is checked here; {@link parseInstant} checks the calendar.
 */
export const instant = z
  .string({ error: ({ input }) => (input === undefined ? `is required: it ${NO_INSTANT}` : NO_INSTANT) })
  .regex(INSTANT_PATTERN, NO_INSTANT)
  .meta({ format: 'date-time', examples: ['2026-03-01T09:30:00Z'] });

/** Far beyond any scale in use; it keeps the arithmetic of normalising finite. */
const SCALE_LIMIT = 1e9;
const bounded = z.number().min(-SCALE_LIMIT).max(SCALE_LIMIT);

/** A value on any scale. `ratingFault` checks that the value lies within it. */
export const onScale = z.object({ value: bounded, min: bounded, max: bounded }).meta({ id: 'RatingOnScale' });

/** A number on 1..5, or a value on any other scale. */
export const rating = z.union([z.number().min(1).max(5), onScale]).meta({ id: 'Rating' });
export type Rating = z.infer<typeof rating>;

/** Why a rating cannot be converted to 1..5, or `undefined` if it can. */
export function ratingFault(value: Rating): string | undefined {
  if (typeof value === 'number') {
    return value >= 1 && value <= 5 ? undefined : `must be on 1..5, or {value, min, max}; it is ${value}`;
  }
  if (value.min >= value.max) return `min ${value.min} must be below max ${value.max}`;
  if (value.value < value.min || value.value > value.max) {
    return `value ${value.value} is off its scale ${value.min}..${value.max}`;
  }
  if (!Number.isFinite(normalised(value))) return `the scale ${value.min}..${value.max} is beyond the range of numbers`;
  return undefined;
}

/** Converts a rating to 1..5. */
export function normalised(value: Rating): number {
  return typeof value === 'number' ? value : 1 + (4 * (value.value - value.min)) / (value.max - value.min);
}

export const ATTRIBUTES_MAX = 64;
export const TOO_MANY_ATTRIBUTES = `must have at most ${ATTRIBUTES_MAX} entries`;

/** A publisher's own flat facts, few and small, because they are stored with every event. */
export const attributes = z
  .record(
    z.string().min(1).max(128),
    z.union([z.string().max(4096), z.number(), z.boolean()]).meta({ id: 'AttributeValue' }),
  )
  .refine((value) => Object.keys(value).length <= ATTRIBUTES_MAX, TOO_MANY_ATTRIBUTES);

export const actor = z
  .object({ id: id.optional(), team: name.optional(), site: name.optional() })
  .meta({ id: 'Actor' });
