import { formatInstant, parseInstant } from '@touchstone/journey';
import { z } from 'zod';

/** First and last time of some events, as written in them. */
export const timeSpanSchema = z.object({ first: z.string(), last: z.string() });
export type TimeSpan = z.infer<typeof timeSpanSchema>;

/**
 * Collects the times of events, starting from those of an earlier run. Events without a readable
 * time are ignored.
 */
export function eventTimes(earlier?: TimeSpan) {
  let first = earlier === undefined ? Number.POSITIVE_INFINITY : Date.parse(earlier.first);
  let last = earlier === undefined ? Number.NEGATIVE_INFINITY : Date.parse(earlier.last);
  return {
    see(event: unknown): void {
      const time = (event as { time?: unknown } | null)?.time;
      const at = typeof time === 'string' ? parseInstant(time) : undefined;
      if (at === undefined) return;
      if (at < first) first = at;
      if (at > last) last = at;
    },
    /** `undefined` if there were none. */
    span: (): TimeSpan | undefined =>
      first > last ? undefined : { first: formatInstant(first), last: formatInstant(last) },
  };
}

/**
 * A sentence if the times look misread, for example with the wrong unit or zone. `now` in ms since
 * 1970.
 */
export function doubtOf(span: TimeSpan, now: number): string | undefined {
  if (Date.parse(span.last) < Date.UTC(1971, 0, 1)) {
    return 'all times lie in 1970: numbers may be of another unit than the mapping says (epoch-s, epoch-ms)';
  }
  if (Date.parse(span.first) > now) return 'all times lie ahead of now: the format or the zone may be another one';
  return undefined;
}
