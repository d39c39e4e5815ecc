import { formatInstant, parseInstant } from '@touchstone/journey';

/** How the times of a file are written. */
export interface TimeFormat {
  /**
   * Absent: ISO 8601 with `T` or a space, the time of day and the zone optional. Else `epoch-s`, `epoch-ms`, or a pattern of `yyyy`,
   * `yy` (20yy), `MM`, `dd`, `HH`, `mm`, `ss`, `SSS` and any other characters as they stand.
   */
  readonly format?: string | undefined;
  /** Of times that name none themselves: `UTC`, `+01:00`, or a name such as `Europe/Amsterdam`. */
  readonly zone?: string | undefined;
}

/** Reads one cell; the time in RFC 3339 (UTC), or `undefined` if the text is no such time. Throws a RangeError for a bad format or zone. */
export function timeReader({ format, zone = 'UTC' }: TimeFormat): (text: string) => string | undefined {
  const toInstant = zoneReader(zone);
  if (format === 'epoch-s' || format === 'epoch-ms') {
    const unit = format === 'epoch-s' ? 1000 : 1;
    return (text) => (/^-?\d+(?:\.\d+)?$/.test(text) ? inRange(Math.floor(Number(text) * unit)) : undefined);
  }
  if (format !== undefined) return patternReader(format, toInstant);
  return (text) => {
    const match = ISO.exec(text);
    if (match === null) return undefined;
    const [, date, hours = '00:00', seconds = ':00', fraction = '', offset] = match;
    const written = `${date}T${hours}${seconds}${fraction}`;
    if (offset !== undefined) {
      const at = parseInstant(written + (offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset));
      return at === undefined ? undefined : formatInstant(at);
    }
    const local = parseInstant(`${written}Z`);
    return local === undefined ? undefined : inRange(toInstant(local));
  };
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

function inRange(at: number): string | undefined {
  if (!(at >= 0 && at < 253_402_300_800_000)) return undefined;
  const text = formatInstant(at);
  return parseInstant(text) === undefined ? undefined : text;
}

const TOKENS: Record<string, string> = {
  yyyy: '(?<year>\\d{4})',
  yy: '(?<year>\\d{2})',
  MM: '(?<month>\\d{1,2})',
  dd: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{1,2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<ms>\\d{1,3})',
};

function patternReader(format: string, toInstant: (local: number) => number): (text: string) => string | undefined {
  const source = format.replace(
    /yyyy|yy|MM|dd|HH|mm|ss|SSS|[.*+?^${}()|[\]\\/]/g,
    (part) => TOKENS[part] ?? `\\${part}`,
  );
  for (const part of ['year', 'month', 'day']) {
    if (!source.includes(`<${part}>`)) throw new RangeError(`the time format "${format}" has no ${part}`);
  }
  const pattern = new RegExp(`^${source}$`);
  return (text) => {
    const parts = pattern.exec(text)?.groups;
    if (parts === undefined) return undefined;
    const two = (part: string | undefined) => (part ?? '0').padStart(2, '0');
    const year = parts.year!.length === 2 ? `20${parts.year}` : parts.year;
    const date = `${year}-${two(parts.month)}-${two(parts.day)}`;
    const time = `${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}.${(parts.ms ?? '0').padEnd(3, '0')}`;
    const local = parseInstant(`${date}T${time}Z`);
    return local === undefined ? undefined : inRange(toInstant(local));
  };
}

/** From a wall clock reading (as if it were UTC) to the instant. */
function zoneReader(zone: string): (local: number) => number {
  if (zone === 'UTC' || zone === 'Z') return (local) => local;
  const fixed = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (fixed !== null) {
    const offset = (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000 * (fixed[1] === '-' ? -1 : 1);
    return (local) => local - offset;
  }
  const offsetAt = offsetsOf(zone);
  return (local) => {
    const before = offsetAt(local - DAY_MS);
    const after = offsetAt(local + DAY_MS);
    if (before === after) return local - before;
    const instants = [local - before, local - after].filter((at) => offsetAt(at) === local - at);
    // The clock was put back: the reading was there twice, and the first is taken. It was put forward: the reading never was, and
    // becomes the instant of the change. So the times of a file never swap their order.
    return instants.length > 0 ? Math.min(...instants) : changeBetween(offsetAt, local);
  };
}

const DAY_MS = 86_400_000;

/** The instant, to the millisecond, at which the offset changes within a day around `local`. */
function changeBetween(offsetAt: (at: number) => number, local: number): number {
  let low = local - DAY_MS;
  let high = local + DAY_MS;
  const before = offsetAt(low);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** Offsets of a named zone; asking Intl costs microseconds, and zones change at full quarters of an hour only. */
function offsetsOf(zone: string): (at: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new RangeError(`unknown time zone "${zone}"; write UTC, +01:00 or a name such as Europe/Amsterdam`);
  }
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / 900_000);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const parts = Object.fromEntries(
        format.formatToParts(quarter * 900_000).map(({ type, value }) => [type, Number(value)]),
      );
      const wall = Date.UTC(parts.year!, parts.month! - 1, parts.day!, parts.hour!, parts.minute!, parts.second!);
      offset = wall - quarter * 900_000;
      if (known.size > 50_000) known.clear();
      known.set(quarter, offset);
    }
    return offset;
  };
}
