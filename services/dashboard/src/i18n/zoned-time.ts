/** How far the clocks of a time zone are ahead of UTC at a time, ms. */
function aheadMs(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const part = (name: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.find(({ type }) => type === name)?.value ?? Number.NaN);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(at / 1000) * 1000;
}

/** A time as a field of date and time has it: `2026-03-14T10:20`, by the clocks of the zone. */
export function localTextOf(at: number, timeZone: string): string {
  return new Date(at + aheadMs(at, timeZone)).toISOString().slice(0, 16);
}

/** The instant that a field of date and time means in a zone; null where it holds none. */
export function instantOf(text: string, timeZone: string): string | null {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return null;
  const guess = asUtc - aheadMs(asUtc, timeZone);
  // The clocks may have changed between the guess and the time that was meant.
  const meant = asUtc - aheadMs(guess, timeZone);
  const isSkipped = meant + aheadMs(meant, timeZone) !== asUtc;
  // A time that the clocks skip is read as one after the skip: no day begins the day before.
  return new Date(isSkipped ? Math.max(guess, meant) : meant).toISOString();
}

/** The day of a time as a field of a date has it: `2026-03-14`, by the clocks of the zone. */
export const localDayOf = (at: number, timeZone: string): string => localTextOf(at, timeZone).slice(0, 10);

/** The begin of the day that a field of a date means in a zone; null where it holds none. */
export const startOfDay = (day: string, timeZone: string): string | null => instantOf(`${day}T00:00`, timeZone);
