import { parseDuration } from '@touchstone/api/duration';
import { z } from 'zod';
import { parseByteSize } from './byte-size.ts';

/** Parser of a limit setting: a number, or `off`, which becomes null. */

function orOff(parse: (text: string) => number | undefined, isGood: (value: number) => boolean, message: string) {
  return z.string().transform((text, context): number | null => {
    if (text === 'off') return null;
    const value = parse(text);
    if (value !== undefined && isGood(value)) return value;
    context.addIssue(message);
    return z.NEVER;
  });
}

/** Tolerates publishers' clock differences and wrong time zones; a day is more than either. */
export const FUTURE_LIMIT_MS = 24 * 60 * 60 * 1000;
export const futureLimit = orOff(
  parseDuration,
  () => true,
  'must be a duration such as PT24H, P1D or PT30M (ISO 8601, days and shorter, or weeks), or off',
);

/**
 * Exceeds what a person causes in a lifetime; only a technical customer that collects everything
 * reaches it.
 */
export const CUSTOMER_EVENTS_MAX = 200_000;
export const CUSTOMER_PROMISES_MAX = 100_000;
export const JOURNEY_MOMENTS_MAX = 50_000;
const COUNT_LIMIT_MOST = 100_000_000;
export const countLimit = orOff(
  (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
  (count) => count >= 1 && count <= COUNT_LIMIT_MOST,
  `must be a whole number 1..${COUNT_LIMIT_MOST}, or off`,
);

export const STALL_LIMIT_MS = 30_000;
/**
 * Lower bound: garbage collection and the scheduler of a busy machine can block the loop for
 * seconds.
 */
const STALL_LIMIT_LEAST_MS = 5_000;
export const stallLimit = orOff(
  parseDuration,
  (ms) => ms >= STALL_LIMIT_LEAST_MS,
  'must be a duration of PT5S or more, such as PT30S (ISO 8601), or off',
);

export const QUESTION_TIME_MAX_MS = 5_000;
/**
 * Upper bound: an idle connection is closed after a minute, and a server's client waits as long.
 */
const QUESTION_TIME_MOST_MS = 50_000;
export const questionTimeMax = orOff(
  parseDuration,
  (ms) => ms > 0 && ms <= QUESTION_TIME_MOST_MS,
  'must be a duration PT1S..PT50S, such as PT5S (ISO 8601), or off',
);

/** Ten million rows take minutes to a reader nearby; a slow line takes longer. */
export const EXPORT_TIME_MAX_MS = 3_600_000;
const EXPORT_TIME_MOST_MS = 24 * 60 * 60 * 1000;
export const exportTimeMax = orOff(
  parseDuration,
  (ms) => ms > 0 && ms <= EXPORT_TIME_MOST_MS,
  'must be a duration PT1S..PT24H, such as PT1H (ISO 8601), or off',
);

/** The embedded engine may run three such queries at once, in a process of 3 GiB. */
export const QUESTION_MEMORY_MAX_BYTES = 512 * 2 ** 20;
/** Lower bound: with less, even a list of a small system cannot be queried. */
const QUESTION_MEMORY_LEAST_BYTES = 64 * 2 ** 20;
export const questionMemoryMax = orOff(
  parseByteSize,
  (bytes) => bytes >= QUESTION_MEMORY_LEAST_BYTES,
  'must be a size of 64MiB or more, such as 512MiB or 2GiB, or off',
);

/** Default share of one core, 0..1, for the audit that compares the read model with the log. */
export const AUDIT_SHARE = 0.02;
export const auditShare = orOff(
  (text) => (/^\d{1,2}(?:\.\d+)?%$/.test(text) ? Number.parseFloat(text) / 100 : undefined),
  (share) => share >= 0.001 && share <= 0.5,
  'must be a share of a core 0.1%..50%, such as 2%, or off',
);
