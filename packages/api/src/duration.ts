import { DAY_MS, HOUR_MS, MINUTE_MS } from './vocabulary.ts';

const DURATION = /^P(?=[\dT])(?:(\d+)W|(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?)$/;

const SECOND_MS = 1000;

/**
 * Parses an ISO 8601 duration in weeks (`P2W`) or in days, hours, minutes and seconds (`PT24H`,
 * `P1DT12H`) to ms; a day has 24 hours, and only seconds may have a fraction (`PT1.5S`).
 * `undefined` for any other text, including years and months, which have no fixed length.
 */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((digits) => Number(digits ?? 0));
  const ms = (7 * weeks! + days!) * DAY_MS + hours! * HOUR_MS + minutes! * MINUTE_MS + Math.round(seconds! * SECOND_MS);
  return Number.isSafeInteger(ms) ? ms : undefined;
}
