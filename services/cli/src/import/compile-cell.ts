import { formatInstant } from '@touchstone/journey';
import { type Cell, MappingError } from './mapping.ts';
import { numberReader } from './read-number.ts';
import { type TimeFormat, timeReader } from './read-time.ts';

/** Reads one column of a row; `undefined` if it is empty. */
export type Column<Row> = (row: Row) => string | undefined;

/**
 * Finds the column of a name.
 * @throws MappingError if the file has no such column.
 */
export type Columns<Row> = (name: string) => Column<Row>;

/** Thrown for a row that cannot become an event. */
export class RowFault extends Error {}

/** Settings for reading cells. */
export interface Reader<Row> {
  readonly columns: Columns<Row>;
  readonly decimalComma: boolean;
  readonly thousands: string | undefined;
  /** Zone of times that name none, unless the cell's mapping has one. */
  readonly zone: string | undefined;
  /** Language of month names, unless the cell's mapping has one. */
  readonly locale: string | undefined;
  /** Format of the event's time. */
  readonly time: TimeStyle;
  /** Now, in ms since 1970; it decides the century of two-digit years. */
  readonly now: number;
}

export type TimeStyle = Pick<TimeFormat, 'format' | 'zone' | 'locale'>;

export type Read<Row> = (row: Row) => unknown;

/**
 * Compiles a text such as `order-{order_id}`; it yields `undefined` if one of its columns is empty.
 */
export function compileText<Row>(text: string, columns: Columns<Row>): (row: Row) => string | undefined {
  const parts = text.split(/\{([^{}]+)\}/);
  if (parts.length === 1) return () => text;
  const reads = parts.map((part, index) => (index % 2 === 0 ? part : columns(part)));
  return (row) => {
    let made = '';
    for (const part of reads) {
      const piece = typeof part === 'string' ? part : part(row);
      if (piece === undefined) return undefined;
      made += piece;
    }
    return made;
  };
}

/** Compiles a column, or a text made of columns, and its name for fault messages. */
export function compileSource<Row>({ column, text }: Pick<Cell, 'column' | 'text'>, columns: Columns<Row>) {
  const read = column === undefined ? compileText(text!, columns) : columns(column);
  return { what: column ?? text!, read };
}

/**
 * Compiles a cell of the mapping to a function of the row; it yields `undefined` if its input is
 * empty.
 */
export function compileCell<Row>(cell: Cell, reader: Reader<Row>): Read<Row> {
  if (cell.minus !== undefined) return compileDifference(cell.minus, cell, reader);
  const { what, read: written } = compileSource(cell, reader.columns);
  const raw = cell.trim ? (row: Row) => written(row)?.trim() || undefined : written;
  const convert = conversion(cell, what, reader);
  if (cell.map === undefined) {
    return (row) => {
      const text = raw(row);
      return text === undefined ? undefined : convert(text);
    };
  }
  const map = new Map(Object.entries(cell.map));
  const otherwise = cell.otherwise === undefined ? undefined : compileText(cell.otherwise, reader.columns);
  return (row) => {
    const text = raw(row);
    if (text === undefined) return undefined;
    const mapped = map.get(text) ?? otherwise?.(row);
    if (mapped === undefined) throw new RowFault(`${what} "${shorten(text)}" is not in the mapping's map`);
    return typeof mapped === 'string' ? convert(mapped) : mapped;
  };
}

/**
 * Compiles a reader of times in this format, to ms since 1970.
 * @throws RowFault saying why a text is no time.
 */
export function timeOf<Row>(style: TimeStyle, reader: Reader<Row>, mayLieAhead: boolean) {
  const { format, zone = reader.zone, locale = reader.locale } = style;
  const read = timeReader({ format, zone, locale, now: reader.now, mayLieAhead });
  return (text: string, what: string): number => {
    const at = read(text);
    if (typeof at === 'string') throw new RowFault(`${what} "${shorten(text)}" ${at}`);
    return at;
  };
}

/** Compiles the difference of two times, in milliseconds. */
function compileDifference<Row>([end, start]: readonly [string, string], cell: Cell, reader: Reader<Row>): Read<Row> {
  const { format = reader.time.format, zone = reader.time.zone, locale = reader.time.locale } = cell;
  const read = timeOf({ format, zone, locale }, reader, true);
  const timeIn = (text: string) => {
    const written = compileText(text, reader.columns);
    return (row: Row): number | undefined => {
      const found = written(row);
      return found === undefined ? undefined : read(found, text);
    };
  };
  const [endOf, startOf] = [timeIn(end), timeIn(start)];
  return (row) => {
    const [ended, started] = [endOf(row), startOf(row)];
    if (ended === undefined || started === undefined) return undefined;
    if (ended < started) throw new RowFault(`${end} lies before ${start}: a span of time cannot be negative`);
    return ended - started;
  };
}

function conversion<Row>(cell: Cell, what: string, reader: Reader<Row>): (text: string) => unknown {
  const read = readerOfNumbers(cell, what, reader);
  const number = (text: string) => {
    const value = read(text);
    if (typeof value === 'string') throw new RowFault(`${what} "${shorten(text)}" ${value}`);
    return value;
  };
  switch (cell.as) {
    case 'number':
      return number;
    case 'rating':
      return (text) => ({ value: number(text), min: cell.min, max: cell.max });
    case 'boolean':
      return (text) => {
        const value = BOOLEANS.get(text.toLowerCase());
        if (value === undefined) throw new RowFault(`${what} "${shorten(text)}" is neither true nor false`);
        return value;
      };
    case 'time': {
      const time = timeOf(cell, reader, true);
      return (text) => formatInstant(time(text, what));
    }
    default:
      return (text) => text;
  }
}

const BOOLEANS = new Map([
  ...['true', 'yes', 'y', '1', 't'].map((text) => [text, true] as const),
  ...['false', 'no', 'n', '0', 'f'].map((text) => [text, false] as const),
]);

function readerOfNumbers<Row>(cell: Cell, what: string, reader: Reader<Row>) {
  const decimalComma = cell.decimalComma ?? reader.decimalComma;
  // The file's thousands separator belongs to its decimal separator, so a cell with another decimal
  // separator ignores it.
  const thousands = cell.thousands ?? (decimalComma === reader.decimalComma ? reader.thousands : undefined);
  try {
    return numberReader({ decimalComma, thousands });
  } catch (error) {
    throw new MappingError(`${what}: ${(error as Error).message}`);
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
