import { DAY_MS, isInstant, OUT_OF_RANGE, readWallClock } from '@touchstone/journey';
import { type FullYear, milliseconds, patternReader } from './time-pattern.ts';
import { OFFSET, type ToInstant, writtenZone, ZONE_NAME, zoneReader } from './time-zone.ts';

/** Format of the times of a file. */
export interface TimeFormat {
  /**
   * Absent: ISO 8601 with `T` or a space, time of day and zone optional. Otherwise an epoch
   * (`epoch-ms`) or a pattern of Unicode's letters.
   */
  readonly format?: string | undefined;
  /** Zone of times that name none: `UTC`, `+01:00`, or a name such as `Europe/Amsterdam`. */
  readonly zone?: string | undefined;
  /** Language of the names of months and days; default English. */
  readonly locale?: string | undefined;
  /**
   * Now, in ms since 1970. A two-digit year is the latest one that puts the time at most a day
   * ahead of it.
   */
  readonly now: number;
  /** Whether a two-digit year that would be before 1970 is in the future instead. */
  readonly mayLieAhead?: boolean | undefined;
}

/**
 * Compiles a reader of a cell: it returns ms since 1970, or why the text is no time.
 * @throws RangeError for a bad format, zone or locale.
 */
export function timeReader({ format, zone = 'UTC', locale = 'en', now, mayLieAhead = false }: TimeFormat) {
  const toInstant = zoneReader(zone);
  const digits = format === undefined ? undefined : EPOCHS[format];
  if (digits !== undefined) return epochReader(digits);
  if (format === undefined) return isoReader(toInstant);
  return formReader(format, locale, toInstant, yearOf(now, mayLieAhead));
}

type ReadTime = (text: string) => number | string;

const inRange = (time: number) => (isInstant(time) ? time : OUT_OF_RANGE);

/** Number of digits after the seconds. */
const EPOCHS: Readonly<Record<string, number>> = { 'epoch-s': 0, 'epoch-ms': 3, 'epoch-us': 6, 'epoch-ns': 9 };

function epochReader(unitDigits: number): ReadTime {
  return (text) => {
    const match = /^([-+]?)(\d+)(?:\.(\d*))?$/.exec(text);
    if (match === null) return 'is not a number of seconds or parts of them since 1970';
    const [, sign, whole = '', fraction = ''] = match;
    // Shifts digits instead of multiplying: 1433408700.001 times 1000 is not whole.
    const padded = whole.padStart(unitDigits + 1, '0');
    const seconds = padded.slice(0, padded.length - unitDigits);
    const time = Number(seconds) * 1000 + milliseconds(padded.slice(seconds.length) + fraction);
    return inRange(sign === '-' && time > 0 ? -time : time);
  };
}

/**
 * `T` or a space, one or two digits of the hour, any number of digits after the seconds, a zone as
 * databases write it or by name.
 */
const ISO = new RegExp(
  '^(\\d{4})-(\\d{1,2})-(\\d{1,2})(?:(?:T|\\s+)(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d+))?)?' +
    `(?:\\s*(${OFFSET})(?:\\s*\\[[^\\]]*\\]|\\s+[A-Z]{2,5})?|\\s+(${ZONE_NAME}))?)?$`,
  'i',
);

function isoReader(toInstant: ToInstant): ReadTime {
  return (text) => {
    const match = ISO.exec(text);
    if (match === null)
      return 'is not a time in ISO 8601 (the mapping\'s "format" says how times are written otherwise)';
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction, offset, name] = match;
    const local = readWallClock(+year!, +month!, +day!, +hour, +minute, +second, milliseconds(fraction));
    return typeof local === 'string' ? local : instantIn(local, offset ?? name, toInstant);
  };
}

function instantIn(local: number, zone: string | undefined, otherwise: ToInstant): number | string {
  const toInstant = zone === undefined ? otherwise : writtenZone(zone);
  return typeof toInstant === 'string' ? toInstant : inRange(toInstant(local));
}

function formReader(format: string, locale: string, toInstant: ToInstant, fullYear: FullYear): ReadTime {
  const read = patternReader(format, locale, fullYear);
  const otherForm = `is not a time in the form ${format}`;
  return (text) => {
    const shown = read(text);
    if (shown === undefined) return otherForm;
    return typeof shown === 'string' ? shown : instantIn(shown.local, shown.zone, toInstant);
  };
}

const EARLIEST_YEAR = 1970;

/**
 * The latest year with these two digits that is not in the future; a day is tolerated for zones and
 * clocks.
 */
function yearOf(now: number, mayLieAhead: boolean): FullYear {
  const century = Math.floor(new Date(now).getUTCFullYear() / 100) * 100;
  return (twoDigits, at) => {
    let year = century + 100 + twoDigits;
    while (at(year) > now + DAY_MS) year -= 100;
    if (year >= EARLIEST_YEAR) return year;
    if (mayLieAhead) return year + 100;
    return `has a year of two digits that lies ahead of now as ${year + 100} and is out of range as ${year}`;
  };
}
