const whole = new Intl.NumberFormat('en');
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
});
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Stands for a missing figure, so that a missing score is never shown as 0. */
export const missing = '–';

export function countText(n: number | string): string {
  return whole.format(Number(n));
}

export function scoreText(score: number | null | undefined): string {
  return score === null || score === undefined ? missing : score.toFixed(1);
}

/** With its sign, and a true minus sign. A value that rounds to nothing has no sign. */
export function signedText(points: number): string {
  const digits = Math.abs(points).toFixed(1);
  if (Number(digits) === 0) return digits;
  return points < 0 ? `−${digits}` : `+${digits}`;
}

/** A rate 0..1 as percent. */
export function percentText(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? missing : `${(rate * 100).toFixed(1)} %`;
}

/** A rating on 1..5 with at most two digits, without trailing zeros. */
export function ratingText(rating: number): string {
  return String(Math.round(rating * 100) / 100);
}

/** A number with at most one decimal digit: counts, days and scores. */
export function tenthText(n: number): string {
  return whole.format(Math.round(n * 10) / 10);
}

/** In the reader's time zone, which the text names. */
export function timeText(instant: string): string {
  return dayAndTime.format(new Date(instant));
}

/** Time of day, to the second, by this device; ms since 1970. */
export function clockText(at: number): string {
  return clock.format(new Date(at));
}

/** How long before (or after) `now`, in the largest unit that is exact enough. */
export function agoText(instant: string, now: string): string {
  const ms = Date.parse(now) - Date.parse(instant);
  if (Math.abs(ms) < minuteMs) return 'just now';
  return ms > 0 ? `${roughText(ms)} ago` : `in ${roughText(-ms)}`;
}

/** A duration with its next smaller unit: `6 d 19 h`. */
export function durationText(ms: number): string {
  if (ms < hourMs || ms >= 730 * dayMs) return roughText(ms);
  const [unitMs, unit, smallerMs, smaller] = ms < dayMs ? [hourMs, 'h', minuteMs, 'min'] : [dayMs, 'd', hourMs, 'h'];
  const rest = Math.floor((ms % unitMs) / smallerMs);
  const whole = `${countText(Math.floor(ms / unitMs))} ${unit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smaller}`;
}

function roughText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < minuteMs) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  if (ms < 730 * dayMs) return `${whole.format(Math.floor(ms / dayMs))} days`;
  return `${Math.floor(ms / (365.25 * dayMs))} years`;
}

export function pluralText(n: number, one: string, many = `${one}s`): string {
  return `${whole.format(n)} ${n === 1 ? one : many}`;
}
