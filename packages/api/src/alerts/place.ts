import { z } from 'zod';
import { alertKinds, severities } from '../vocabulary.ts';

/** The parts of an alert that objectives, heartbeats, watches and targets share. */

export const severity = z.enum(severities).meta({ id: 'Severity' });
export const alertKind = z.enum(alertKinds).meta({ id: 'AlertKind' });

/** A touchpoint, a channel, a team or a journey type, as events have it; '' where it is missing. */
export const eventName = z.string().max(128);

/** Name of an objective, a heartbeat, a watch or a target. */
export const alertName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must have 1 to 64 letters, digits, _, . or -')
  .meta({ examples: ['checkout'] });
