import { readWallClock } from '@touchstone/journey';
import { plain, type TimeNames, timeNames } from './time-names.ts';
import { OFFSET, ZONE_NAME } from './time-zone.ts';

/** The values that a text shows by a pattern. */
export interface ShownTime {
  /** Ms since 1970 of the calendar and clock values, read as UTC. */
  readonly local: number;
  /** The zone as written; `undefined` if the pattern has none. */
  readonly zone: string | undefined;
}

/**
 * The full year of a two-digit year, or a reason why there is none. `at` gives the time of a full
 * year, in ms, read as UTC.
 */
export type FullYear = (twoDigits: number, at: (year: number) => number) => number | string;

type Unit =
  | 'year'
  | 'shortYear'
  | 'month'
  | 'monthName'
  | 'day'
  | 'weekday'
  | 'hour'
  | 'hourOf12'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'half'
  | 'zone';

/** Units by their letters in Unicode's date format patterns. */
const TOKENS: ReadonlyMap<string, Unit> = new Map<string, Unit>([
  ['yyyy', 'year'],
  ['yy', 'shortYear'],
  ...(['M', 'MM'] as const).map((token) => [token, 'month'] as const),
  ...(['MMM', 'MMMM', 'LLL', 'LLLL'] as const).map((token) => [token, 'monthName'] as const),
  ...(['d', 'dd'] as const).map((token) => [token, 'day'] as const),
  ...(['E', 'EE', 'EEE', 'EEEE'] as const).map((token) => [token, 'weekday'] as const),
  ...(['H', 'HH'] as const).map((token) => [token, 'hour'] as const),
  ...(['h', 'hh'] as const).map((token) => [token, 'hourOf12'] as const),
  ...(['m', 'mm'] as const).map((token) => [token, 'minute'] as const),
  ...(['s', 'ss'] as const).map((token) => [token, 'second'] as const),
  ['a', 'half'],
]);

const LISTED =
  "yyyy yy M MM MMM MMMM d dd EEE EEEE H HH h hh m mm s ss S a Z XXX z (other letters stand in quotes, as in yyyy-MM-dd'T'HH:mm)";

interface Piece {
  readonly text: string;
  /** `undefined`: a literal text. */
  readonly unit?: Unit;
}

/**
 * Compiles a reader of texts of one pattern: it returns `undefined` for another form, else the
 * values or why there is no such time.
 * @throws RangeError for a bad pattern.
 */
export function patternReader(
  pattern: string,
  locale: string,
  fullYear: FullYear,
): (text: string) => ShownTime | string | undefined {
  const pieces = piecesOf(pattern);
  checkUnits(pattern, pieces);
  const names = timeNames(locale);
  const form = new RegExp(`^${sourceOf(pattern, pieces, names)}$`, 'iu');
  const units = pieces.flatMap(({ unit }) => unit ?? []);
  const place = (unit: Unit) => units.indexOf(unit) + 1;
  const [year, shortYear, month, monthName] = [place('year'), place('shortYear'), place('month'), place('monthName')];
  const [day, hour, hourOf12, minute] = [place('day'), place('hour'), place('hourOf12'), place('minute')];
  const [second, fraction, half, zone] = [place('second'), place('fraction'), place('half'), place('zone')];
  const weekday = place('weekday');

  return (text) => {
    const match = form.exec(text);
    if (match === null) return undefined;
    // Index 0 means an absent unit, because match 0 is the whole text.
    const number = (index: number) => (index === 0 ? 0 : Number(match[index]));
    const itsMonth = monthName === 0 ? number(month) : names.months.get(plain(match[monthName]!))!;
    const clock =
      half === 0
        ? number(hour)
        : hourOfDay(number(hour || hourOf12), names.halves.get(plain(match[half]!))!, hourOf12 > 0);
    if (typeof clock === 'string') return clock;
    const ms = fraction === 0 ? 0 : milliseconds(match[fraction]);
    const at = (itsYear: number) =>
      readWallClock(itsYear, itsMonth, number(day), clock, number(minute), number(second), ms);
    const itsYear =
      year > 0 ? number(year) : fullYear(number(shortYear), (full) => Date.UTC(full, itsMonth - 1, number(day), clock));
    if (typeof itsYear === 'string') return itsYear;
    const local = at(itsYear);
    if (typeof local === 'string') return local;
    if (weekday > 0 && new Date(local).getUTCDay() !== names.weekdays.get(plain(match[weekday]!))) {
      return `is not a time: that day is no ${match[weekday]}`;
    }
    return { local, zone: zone === 0 ? undefined : match[zone] };
  };
}

/** Finer digits are cut off. */
export function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(`${fraction}00`.slice(0, 3));
}

/** Hour with AM or PM. A 24-hour clock may have them too, redundantly. */
function hourOfDay(hour: number, half: number, isOf12: boolean): number | string {
  if (hour >= 1 && hour <= 12) return (hour % 12) + half;
  if (isOf12) return 'must have an hour 1..12 before AM or PM';
  return (hour === 0 && half === 0) || (hour > 12 && half === 12) ? hour : 'has an hour that AM or PM contradicts';
}

const PIECE = /''|'((?:[^']|'')+)'|UTC|GMT|T|([A-Za-z])\2*|[^A-Za-z']+|'/g;

// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a state machine over characters reads best in one place.
function piecesOf(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  const unknown: string[] = [];
  for (const [text, quoted, letter] of pattern.matchAll(PIECE)) {
    if (text === "'") throw new RangeError(`the time format "${pattern}" opens a quote and does not close it`);
    if (text === "''") pieces.push({ text: "'" });
    else if (quoted !== undefined) pieces.push({ text: quoted.replaceAll("''", "'") });
    else if (text === 'UTC' || text === 'GMT') pieces.push({ text, unit: 'zone' });
    else if (letter === undefined) pieces.push({ text });
    else {
      const unit = TOKENS.get(text) ?? (letter === 'S' ? 'fraction' : 'ZXxzV'.includes(letter) ? 'zone' : undefined);
      if (unit === undefined) unknown.push(text);
      else pieces.push({ text, unit });
    }
  }
  if (unknown.length === 0) return pieces;
  throw new RangeError(`in the time format "${pattern}", ${unknown.join(', ')} means nothing; there are ${LISTED}`);
}

/** Each unit occurs once, and none without the larger unit that it is part of. */
function checkUnits(pattern: string, pieces: readonly Piece[]): void {
  const units = pieces.flatMap(({ unit }) => unit ?? []);
  const has = (...wanted: Unit[]) => wanted.some((unit) => units.includes(unit));
  const fault = (what: string) => new RangeError(`the time format "${pattern}" ${what}`);
  for (const [name, ...wanted] of KINDS) {
    if (units.filter((unit) => wanted.includes(unit)).length > 1)
      throw fault(`has the ${name} twice (M is the month, m the minute)`);
  }
  for (const [name, ...wanted] of KINDS.slice(0, 3)) if (!has(...wanted)) throw fault(`has no ${name}`);
  if (has('hourOf12') && !has('half')) throw fault('has an hour of 12 (h) without AM or PM (a); H is the hour of 24');
  if (has('half', 'minute') && !has('hour', 'hourOf12')) throw fault('has no hour');
  if (has('second') && !has('minute')) throw fault('has seconds, but no minute');
  if (has('fraction') && !has('second')) throw fault('has parts of a second, but no second');
}

const KINDS: readonly (readonly [string, ...Unit[]])[] = [
  ['year', 'year', 'shortYear'],
  ['month', 'month', 'monthName'],
  ['day', 'day'],
  ['weekday', 'weekday'],
  ['hour', 'hour', 'hourOf12'],
  ['minute', 'minute'],
  ['second', 'second'],
  ['part of a second', 'fraction'],
  ['AM or PM', 'half'],
  ['zone', 'zone'],
];

const NUMBERS: ReadonlySet<Unit | undefined> = new Set<Unit>([
  ...(['year', 'shortYear', 'month', 'day', 'hour', 'hourOf12', 'minute', 'second', 'fraction'] as const),
]);

function sourceOf(pattern: string, pieces: readonly Piece[], names: TimeNames): string {
  return pieces
    .map((piece, index) => {
      const [before, after] = [pieces[index - 1], pieces[index + 1]];
      if (after?.unit === 'fraction' && isPoint(piece)) return withoutPoint(piece.text);
      if (piece.unit === undefined) return literal(piece.text);
      // The fraction of a second is optional.
      if (piece.unit === 'fraction' && before !== undefined && isPoint(before)) return '(?:[.,](\\d+))?';
      return unitSource(pattern, piece, NUMBERS.has(before?.unit), NUMBERS.has(after?.unit), names);
    })
    .join('');
}

const isPoint = ({ text, unit }: Piece) => unit === undefined && /[.,]$/.test(text);
const withoutPoint = (text: string) => literal(text.slice(0, -1));
/** White space matches any amount and kind of it. */
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+');

/**
 * Among adjacent numbers only the first may have a digit fewer than its letters, because the next
 * ones are found by counting digits.
 */
function unitSource(
  pattern: string,
  { text, unit }: Piece,
  follows: boolean,
  isFollowed: boolean,
  names: TimeNames,
): string {
  switch (unit) {
    case 'year':
      return '(\\d{4})';
    case 'shortYear':
      return '(\\d{2})';
    case 'monthName':
      return oneOf(names.months);
    case 'weekday':
      return oneOf(names.weekdays);
    case 'half':
      return oneOf(names.halves);
    case 'zone':
      return `(${OFFSET}${/^[zV]/.test(text) ? `|${ZONE_NAME}` : ''})`;
    case 'fraction':
      if (!isFollowed) return '(\\d+)';
      throw new RangeError(`the time format "${pattern}" has a number right behind the parts of a second`);
    default:
      if (follows && text.length === 1) {
        throw new RangeError(
          `the time format "${pattern}" has ${text} right behind another number: write ${text}${text}`,
        );
      }
      return follows || text === 'mm' || text === 'ss' ? '(\\d{2})' : '(\\d{1,2})';
  }
}

const oneOf = (names: ReadonlyMap<string, number>) => {
  const longestFirst = [...names.keys()].sort((one, other) => other.length - one.length);
  return `((?:${longestFirst.map(literal).join('|')})\\.?)`;
};
