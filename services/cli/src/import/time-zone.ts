import { DAY_MS, HOUR_MS } from '@touchstone/journey';
import { IANAZone } from 'luxon';

/** Converts a wall-clock reading (as if it were UTC) to the instant, both in ms. */
export type ToInstant = (local: number) => number;

/** Regular expression of an offset from UTC: `Z`, `+01`, `+0100`, `+01:00`, `UTC`, `GMT+1`. */
export const OFFSET = '[Zz]|(?:UTC|GMT|UT)(?:[-+−]\\d{1,2}(?::?\\d{2})?)?|[-+−]\\d{1,2}(?::?\\d{2})?';

/** Regular expression of a zone's name; {@link writtenZone} tells which names exist. */
export const ZONE_NAME = '[A-Za-z][A-Za-z0-9_+\\-/]*';

/**
 * The zone of times that name none.
 * @throws RangeError for an unknown zone.
 */
export function zoneReader(zone: string): ToInstant {
  const found = offsetReader(zone) ?? namedReader(zone);
  if (typeof found === 'function') return found;
  throw new RangeError(`unknown time zone "${zone}"; write UTC, +01:00 or a name such as Europe/Amsterdam`);
}

/**
 * The zone written in a time, or why it is none. An abbreviation has its own offset, whatever the
 * season.
 */
export function writtenZone(text: string): ToInstant | string {
  let found = written.get(text);
  if (found === undefined) {
    const hours = ABBREVIATIONS[text.toUpperCase()];
    found =
      (hours === undefined ? undefined : offsetBy(hours * HOUR_MS)) ??
      offsetReader(text) ??
      namedReader(text) ??
      `has "${text.slice(0, 60)}" where a time zone stands, and it is none that is known`;
    if (written.size > 1000) written.clear();
    written.set(text, found);
  }
  return found;
}

const written = new Map<string, ToInstant | string>();

/**
 * Hours from UTC of the abbreviations of RFC 2822 and of Europe. Others mean several zones (IST) or
 * no agreed one.
 */
const ABBREVIATIONS: Readonly<Record<string, number>> = {
  ...{ EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
  ...{ WET: 0, WEST: 1, CET: 1, CEST: 2, EET: 2, EEST: 3, MSK: 3 },
};

const offsetBy =
  (offset: number): ToInstant =>
  (local) =>
    local - offset;

const WRITTEN_OFFSET = /^(?:Z|(?:UTC|GMT|UT)?(?:([-+−])(\d{1,2})(?::?(\d{2}))?)?)$/i;

function offsetReader(text: string): ToInstant | string | undefined {
  const match = WRITTEN_OFFSET.exec(text);
  if (match === null || text === '') return undefined;
  const [, sign, hours = '0', minutes = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59) return 'must have an offset from UTC within ±23:59';
  return offsetBy((Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === undefined || sign === '+' ? 1 : -1));
}

function namedReader(zone: string): ToInstant | undefined {
  if (!IANAZone.isValidZone(zone)) return undefined;
  const offsetAt = offsetsOf(IANAZone.create(zone));
  return (local) => {
    const before = offsetAt(local - DAY_MS);
    const after = offsetAt(local + DAY_MS);
    if (before === after) return local - before;
    const instants = [local - before, local - after].filter((at) => offsetAt(at) === local - at);
    // A reading that occurs twice (clock put back) means the first instant; one that never occurs
    // (clock put forward) becomes the instant of the change. Thus the times of a file never swap
    // their order.
    return instants.length > 0 ? Math.min(...instants) : changeBetween(offsetAt, local);
  };
}

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

/**
 * Offsets in ms, cached, because asking the zone is slow. A day that begins and ends with one
 * offset has it throughout, and changes happen at full quarters of an hour.
 */
function offsetsOf(zone: IANAZone): (at: number) => number {
  const known = new Map<number, number>();
  const asked = (at: number) => {
    let offset = known.get(at);
    if (offset === undefined) {
      offset = zone.offset(at) * 60_000;
      if (known.size > 50_000) known.clear();
      known.set(at, offset);
    }
    return offset;
  };
  return (at) => {
    const day = at - modulo(at, DAY_MS);
    const offset = asked(day);
    return offset === asked(day + DAY_MS) ? offset : asked(at - modulo(at, QUARTER_MS));
  };
}

const QUARTER_MS = 900_000;

/** Never negative, even for times before 1970. */
const modulo = (value: number, by: number) => ((value % by) + by) % by;
