import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { eventName } from './place.ts';

const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59');

/** Offsets are refused, because only some versions of Node know them as zones. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const hoursSchema = z
  .strictObject({
    days: z
      .array(z.int().min(1).max(7))
      .min(1)
      .max(7)
      .refine((days) => new Set(days).size === days.length, 'must name each day once')
      .describe('1 is Monday'),
    from: clock,
    to: clock.describe('Up to `from`: that time of the next day'),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'must be the IANA name of a time zone, e.g. Europe/Berlin')
      .meta({ examples: ['Europe/Berlin'] }),
  })
  .meta({ id: 'Hours' });

/** Hours of days: a time that a clock change skips is the change, a repeated one the first. */
export type Hours = z.output<typeof hoursSchema>;

/** A length of time above zero, kept as text. */
export const durationText = z
  .string()
  .max(64)
  .refine(
    (text) => (parseDuration(text) ?? 0) > 0,
    'must be an ISO 8601 duration above zero without months and years, e.g. PT2H, P1D or P1W',
  )
  .meta({ format: 'duration', examples: ['PT2H'] });

/** Moments that come all the time, so that their absence is news. */
export const heartbeatSchema = z
  .strictObject({
    touchpoint: eventName.min(1),
    channel: eventName.optional(),
    silentAfter: durationText.describe('Longest time without a moment; only time within `hours` counts'),
    hours: hoursSchema.describe('When moments are expected; all the time unless told').optional(),
  })
  .meta({
    id: 'Heartbeat',
    examples: [
      {
        touchpoint: 'order.placed',
        silentAfter: 'PT2H',
        hours: { days: [1, 2, 3, 4, 5], from: '08:00', to: '20:00', timeZone: 'Europe/Berlin' },
      },
    ],
  });

export type Heartbeat = z.output<typeof heartbeatSchema>;
