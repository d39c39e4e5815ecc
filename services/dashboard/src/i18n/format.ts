import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/api/vocabulary';

/** Numbers, times and durations in the reader's language and in the chosen time zone. */

let language = 'en';
let timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
let made = formatters();

export const currentTimeZone = (): string => timeZone;

/** From now on; the page is drawn anew by its caller. An unknown time zone changes nothing. */
export function formatIn(next: { readonly language?: string; readonly timeZone?: string }): void {
  const before = { language, timeZone };
  language = next.language ?? language;
  timeZone = next.timeZone ?? timeZone;
  try {
    made = formatters();
  } catch {
    ({ language, timeZone } = before);
    made = formatters();
  }
}

function formatters() {
  // British English writes the day before the month and 24 hours, as most of the world does.
  const locale = language === 'en' ? 'en-GB' : language;
  const day = { day: 'numeric', month: 'short', timeZone } as const;
  const clock = { hour: '2-digit', minute: '2-digit' } as const;
  const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
  const unit = (name: string) => number({ style: 'unit', unit: name, unitDisplay: 'narrow' });
  const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  return {
    whole: number({ maximumFractionDigits: 0 }),
    tenth: number({ maximumFractionDigits: 1 }),
    fixed: number({ minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    hundredth: number({ maximumFractionDigits: 2, useGrouping: false }),
    dayAndTime: date({ ...day, ...clock, year: 'numeric', timeZoneName: 'short' }),
    shortTime: date({ ...day, ...clock }),
    day: date({ ...day, year: 'numeric' }),
    shortDay: date(day),
    weekday: new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' }),
    clock: date({ ...clock, second: '2-digit', timeZoneName: 'short' }),
    relative: new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'auto' }),
    list: new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' }),
    units: {
      millisecond: unit('millisecond'),
      second: unit('second'),
      minute: unit('minute'),
      hour: unit('hour'),
      day: unit('day'),
      year: unit('year'),
    },
  };
}

const YEAR_MS = 365.25 * DAY_MS;

/** Stands for a missing figure, so that a missing score is never shown as 0. */
export const missing = '–';

export function countText(n: number | string): string {
  return made.whole.format(Number(n));
}

export function scoreText(score: number | null | undefined): string {
  return score === null || score === undefined ? missing : made.fixed.format(score);
}

/** With its sign, and a true minus sign. A value that rounds to nothing has no sign. */
export function signedText(points: number): string {
  return signed(points, made.fixed.format(Math.abs(points)), Math.round(points * 10) === 0);
}

export function signedCountText(n: number): string {
  return signed(n, made.whole.format(Math.abs(n)), n === 0);
}

function signed(value: number, digits: string, isNothing: boolean): string {
  if (isNothing) return digits;
  return value < 0 ? `−${digits}` : `+${digits}`;
}

/** A rate 0..1 as percent. */
export function percentText(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? missing : `${made.fixed.format(rate * 100)} %`;
}

/** A rating on 1..5 with at most two digits, without trailing zeros. */
export function ratingText(rating: number | null | undefined): string {
  return rating === null || rating === undefined ? missing : made.hundredth.format(rating);
}

/** A difference of two ratings, with its sign. */
export function signedRatingText(difference: number): string {
  return signed(difference, made.hundredth.format(Math.abs(difference)), Math.round(difference * 100) === 0);
}

/** A number with at most one decimal digit: counts, days and scores. */
export function tenthText(n: number): string {
  return made.tenth.format(n);
}

/** In the chosen time zone, which the text names. */
export function timeText(instant: string | number): string {
  return safely(made.dayAndTime, instant);
}

export function shortTimeText(instant: string | number): string {
  return safely(made.shortTime, instant);
}

export function dayText(instant: string | number): string {
  return safely(made.day, instant);
}

export function shortDayText(instant: string | number): string {
  return safely(made.shortDay, instant);
}

/** Tells buckets of time apart by their begin: by day, and `isFine` by hour too. */
export function bucketText(start: string | number, isFine: boolean): string {
  return isFine ? shortTimeText(start) : shortDayText(start);
}

/** Day of the week of a time in UTC, ms since 1970. */
export function weekdayText(at: number): string {
  return made.weekday.format(at);
}

/** Time of day, to the second; ms since 1970. */
export function clockText(at: number): string {
  return made.clock.format(at);
}

/** An instant that cannot be read is shown as it came, because one bad row must not end a page. */
function safely(format: Intl.DateTimeFormat, instant: string | number): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? String(instant) : format.format(date);
}

/** How long before (or after) `now`, in the largest unit that is exact enough. */
export function agoText(instant: string, now: string): string {
  const ms = Date.parse(instant) - Date.parse(now);
  const size = Math.abs(ms);
  const say = (unitMs: number, unit: Intl.RelativeTimeFormatUnit) =>
    made.relative.format(Math.trunc(ms / unitMs), unit);
  if (Number.isNaN(ms)) return instant;
  if (size < MINUTE_MS) return made.relative.format(0, 'second');
  if (size < HOUR_MS) return say(MINUTE_MS, 'minute');
  if (size < 2 * DAY_MS) return say(HOUR_MS, 'hour');
  return size < 2 * YEAR_MS ? say(DAY_MS, 'day') : say(YEAR_MS, 'year');
}

/** A duration with its next smaller unit: `6d 19h`. */
export function durationText(ms: number | null | undefined): string {
  const { units } = made;
  if (ms === null || ms === undefined) return missing;
  if (ms < 1000) return units.millisecond.format(Math.round(ms));
  if (ms < MINUTE_MS) return units.second.format(Math.round(ms / 100) / 10);
  if (ms < HOUR_MS) return units.minute.format(Math.floor(ms / MINUTE_MS));
  if (ms >= 2 * YEAR_MS) return units.year.format(Math.floor(ms / YEAR_MS));
  const isDays = ms >= DAY_MS;
  const large = isDays ? DAY_MS : HOUR_MS;
  const first = (isDays ? units.day : units.hour).format(Math.floor(ms / large));
  const rest = Math.floor((ms % large) / (isDays ? HOUR_MS : MINUTE_MS));
  return rest === 0 ? first : `${first} ${(isDays ? units.hour : units.minute).format(rest)}`;
}

export function listText(items: readonly string[]): string {
  return made.list.format(items);
}
