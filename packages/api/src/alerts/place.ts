import { z } from 'zod';

/** The parts of an alert's subject that objectives, heartbeats and watches share. */

/** A name that events have: of a touchpoint, a channel, a team or a journey type; '' where it is missing. */
export const eventName = z.string().max(128);

/** Name of an objective, a heartbeat, a watch or a target. */
export const alertName = z
  .string()
  .regex(/^[\w.-]{1,64}$/, 'must have 1 to 64 letters, digits, _, . or -')
  .meta({ examples: ['checkout'] });

/** Targets of one objective. */
export const NOTIFY_MAX = 16;
export const notify = z.array(alertName).max(NOTIFY_MAX).optional();
