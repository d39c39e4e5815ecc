import { z } from 'zod';
import { count, instant } from '../fields.ts';
import { alertName, severity } from './place.ts';

/** Parts that the answers on objectives, heartbeats and watches share. */

/** The address of one of them. */
export const nameInPath = z.strictObject({ name: alertName });

/** A version, as the log has it. */
export const version = {
  name: z.string(),
  version: z.number().int().positive().describe('1, 2, 3 … of this name'),
  putAt: instant,
  inForceFrom: instant.describe('The first whole minute after it was stored; it is judged from then on'),
};

/** An alert that fires now. */
export const firingNow = z
  .array(z.strictObject({ alertId: z.string(), severity, began: instant }).meta({ id: 'FiringAlert' }))
  .describe('Its alerts that fire now');

/** Moments, and how many of them failed. */
export const counted = { moments: count, failures: count };
