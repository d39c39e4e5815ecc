import { z } from 'zod';
import { parseByteSize } from './byte-size.ts';
import { parseDuration } from './duration.ts';

/** Settings of limits: each is a number, or `off`, which is null. */

function orOff(parse: (text: string) => number | undefined, isGood: (value: number) => boolean, message: string) {
  return z.string().transform((text, context): number | null => {
    if (text === 'off') return null;
    const value = parse(text);
    if (value !== undefined && isGood(value)) return value;
    context.addIssue(message);
    return z.NEVER;
  });
}

/** Clocks of publishers differ, and so do zones that were mistaken; a day is more than either. */
export const FUTURE_LIMIT_MS = 24 * 60 * 60 * 1000;
export const futureLimit = orOff(
  parseDuration,
  () => true,
  'must be a duration such as PT24H, P1D or PT30M (ISO 8601, days and shorter, or weeks), or off',
);

/** More than a person brings about in a lifetime; a technical customer to whom all is booked comes there. */
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
/** Garbage collection and the scheduler of a busy machine take some of that. */
const STALL_LIMIT_LEAST_MS = 5_000;
export const stallLimit = orOff(
  parseDuration,
  (ms) => ms >= STALL_LIMIT_LEAST_MS,
  'must be a duration of PT5S or more, such as PT30S (ISO 8601), or off',
);

export const QUESTION_TIME_MAX_MS = 5_000;
/** A connection on which nothing comes for a minute is closed, and the client of a server waits as long. */
const QUESTION_TIME_MOST_MS = 50_000;
export const questionTimeMax = orOff(
  parseDuration,
  (ms) => ms > 0 && ms <= QUESTION_TIME_MOST_MS,
  'must be a duration PT1S..PT50S, such as PT5S (ISO 8601), or off',
);

/** Embedded, three may have as much at once, in a process of 3 GiB. */
export const QUESTION_MEMORY_MAX_BYTES = 512 * 2 ** 20;
/** With less not even a list of a small system can be asked for. */
const QUESTION_MEMORY_LEAST_BYTES = 64 * 2 ** 20;
export const questionMemoryMax = orOff(
  parseByteSize,
  (bytes) => bytes >= QUESTION_MEMORY_LEAST_BYTES,
  'must be a size of 64MiB or more, such as 512MiB or 2GiB, or off',
);

/** Of one core, 0..1, that holding the read model to the log may take beside all else. */
export const AUDIT_SHARE = 0.02;
export const auditShare = orOff(
  (text) => (/^\d{1,2}(?:\.\d+)?%$/.test(text) ? Number.parseFloat(text) / 100 : undefined),
  (share) => share >= 0.001 && share <= 0.5,
  'must be a share of a core 0.1%..50%, such as 2%, or off',
);
