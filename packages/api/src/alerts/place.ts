import { z } from 'zod';

/** The parts of an alert's subject that objectives, heartbeats and watches share. */

/** A touchpoint, a channel, a team or a journey type, as events have it; '' where it is missing. */
export const eventName = z.string().max(128);

/** Name of an objective, a heartbeat or a watch. */
export const alertName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must have 1 to 64 letters, digits, _, . or -')
  .meta({ examples: ['checkout'] });
