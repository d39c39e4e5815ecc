/** Times are RFC 3339 text at the edges and ms since 1970 inside. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Converts days to whole milliseconds, the finest unit of times. */
export function daysMs(days: number): number {
  return Math.round(days * DAY_MS);
}

/**
 * First and first excluded instant of an event: a time beyond them is an error of the publisher's
 * clock.
 */
export const EARLIEST = Date.UTC(1970, 0, 1);
export const LATEST_EXCLUSIVE = Date.UTC(2200, 0, 1);

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The format of a time; {@link parseInstant} checks the calendar. */
export const INSTANT_PATTERN = RFC_3339;

/** Message for a text of another format. */
export const NO_INSTANT = 'must be an RFC 3339 time with a zone, e.g. 2026-03-01T09:30:00Z';

/**
 * Parses an RFC 3339 time with a zone (`2026-03-01T09:30:00.250Z`, `…+02:00`) to ms since 1970;
 * finer digits are truncated. `undefined` for another format, an invalid date, or a time outside
 * 1970..2199; {@link instantFault} says which.
 */
export function parseInstant(text: string): number | undefined {
  const canonical = parseCanonical(text);
  if (canonical !== undefined) return canonical;
  const read = readInstant(text);
  return typeof read === 'number' ? read : undefined;
}

/** Why {@link parseInstant} refuses a text, worded for its sender; undefined if it accepts it. */
export function instantFault(text: string): string | undefined {
  const read = readInstant(text);
  return typeof read === 'string' ? read : undefined;
}

/** The time in ms, or the reason why it is none. */
function readInstant(text: string): number | string {
  const match = RFC_3339.exec(text);
  if (match === null) return NO_INSTANT;
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const read = readWallClock(+year!, +month!, +day!, +hour!, +minute!, +second!, ms);
  if (typeof read === 'string') return read;
  const offset = sign === undefined ? 0 : offsetMs(sign, Number(offsetHour), Number(offsetMinute));
  if (offset === undefined) return 'must have an offset from UTC within ±23:59';
  return inRange(read - offset) ?? OUT_OF_RANGE;
}

/** Message for a time that {@link isInstant} refuses. */
export const OUT_OF_RANGE = 'is out of range: it must lie between 1970 and 2199';

/**
 * Converts a date and time of day of any year, taken as UTC, to ms since 1970, or says why there is
 * no such date or time.
 */
export function readWallClock(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): number | string {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return 'must be a day of the calendar';
  if (hour > 23) return 'must have an hour 00..23: midnight is 00:00:00 of the day that begins';
  if (minute > 59) return 'must have a minute 00..59';
  if (second === 60) return 'is a leap second, which has no place here: send the second before or after it';
  if (second > 59) return 'must have a second 00..59';
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  // Date.UTC maps the years 0 to 99 to the twentieth century.
  return year > 99 ? time : new Date(time).setUTCFullYear(year);
}

function offsetMs(sign: string, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '+' ? 1 : -1) * (hours * 60 + minutes) * 60_000;
}

/** Formats as ISO 8601 in UTC with milliseconds. */
export function formatInstant(time: number): string {
  return new Date(time).toISOString();
}

/**
 * Formats the time of a text that {@link parseInstant} accepts, like {@link formatInstant} but with
 * its digits down to nanoseconds, if it has them.
 */
export function formatExactly(text: string, time: number): string {
  const finer = /\.\d{3}(\d{1,6})/.exec(text)?.[1]?.replace(/0+$/, '') ?? '';
  const formatted = formatInstant(time);
  return finer === '' ? formatted : `${formatted.slice(0, -1)}${finer}Z`;
}

/**
 * Whether a text that {@link parseInstant} accepts is in the format of {@link formatInstant}: no
 * other format has this length and these letters.
 */
export function isFormatted(text: string): boolean {
  return text.length === 24 && text.charCodeAt(23) === 90 && text.charCodeAt(10) === 84;
}

/**
 * Parses the product's own format, `YYYY-MM-DDTHH:MM:SS.mmmZ`, with or without milliseconds,
 * without a regex.
 */
function parseCanonical(text: string): number | undefined {
  const length = text.length;
  if ((length !== 24 && length !== 20) || text.charCodeAt(length - 1) !== 90) return undefined;
  if (
    text.charCodeAt(4) !== 45 ||
    text.charCodeAt(7) !== 45 ||
    text.charCodeAt(10) !== 84 ||
    text.charCodeAt(13) !== 58 ||
    text.charCodeAt(16) !== 58 ||
    (length === 24 && text.charCodeAt(19) !== 46)
  ) {
    return undefined;
  }
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const ms = length === 24 ? digits(text, 20, 3) : 0;
  if ((year | month | day | hour | minute | second | ms) < 0) return undefined;
  const time = readWallClock(year, month, day, hour, minute, second, ms);
  return typeof time === 'string' ? undefined : inRange(time);
}

/** The number in `count` digits from `start`, or -1. */
function digits(text: string, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0);
  return DAYS_IN_MONTH[month - 1]! + (leap ? 1 : 0);
}

function inRange(time: number): number | undefined {
  return time >= EARLIEST && time < LATEST_EXCLUSIVE ? time : undefined;
}

/** Whether a stored number is a time: whole ms within the allowed years. */
export function isInstant(time: number): boolean {
  return Number.isInteger(time) && inRange(time) !== undefined;
}
