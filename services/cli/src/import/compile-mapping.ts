import type { EventType } from '@touchstone/journey';
import type { CloudEvent } from '../cloud-event.ts';
import {
  type Cell,
  type Condition,
  type Emit,
  type Field,
  isCell,
  type Mapping,
  MappingError,
  type TimeColumn,
  type Value,
} from './mapping.ts';
import { timeReader } from './read-time.ts';

/** What stands in one column of a row; `undefined` where it is empty. */
export type Column<Row> = (row: Row) => string | undefined;

/** The column of a name; throws a {@link MappingError} if the file has no such column. */
export type Columns<Row> = (name: string) => Column<Row>;

/** What one row became. */
export interface MadeRow {
  readonly events: readonly CloudEvent[];
  /** Why parts of it became nothing. */
  readonly faults: readonly string[];
  /** An event was left out because it has no time, as the mapping wants it. */
  readonly skipped: boolean;
}

export type MakeEvents<Row> = (row: Row, rowId: string) => MadeRow;

/** A row that cannot become an event. */
class RowFault extends Error {}

/** The emits of one place (`at`) as one function. */
export function compileMapping<Row>(mapping: Mapping, at: Emit['at'], columns: Columns<Row>): MakeEvents<Row> {
  const used = new Map<string, number>();
  const all = mapping.emit.map((emit) => {
    const label = emit.id ?? emit.type;
    const count = (used.get(label) ?? 0) + 1;
    used.set(label, count);
    return { emit, idSuffix: count === 1 ? label : `${label}.${count}` };
  });
  const makers = all
    .filter(({ emit }) => emit.at === at)
    .map(({ emit, idSuffix }) => compileEmit(mapping, emit, idSuffix, columns));

  return (row, rowId) => {
    const events: CloudEvent[] = [];
    const faults: string[] = [];
    let skipped = false;
    for (const make of makers) {
      try {
        const made = make(row, rowId);
        if (made === 'skipped') skipped = true;
        else if (made !== undefined) events.push(made);
      } catch (error) {
        if (!(error instanceof RowFault)) throw error;
        if (!faults.includes(error.message)) faults.push(error.message);
      }
    }
    return { events, faults, skipped };
  };
}

type MakeEvent<Row> = (row: Row, rowId: string) => CloudEvent | 'skipped' | undefined;

function compileEmit<Row>(mapping: Mapping, emit: Emit, idSuffix: string, columns: Columns<Row>): MakeEvent<Row> {
  const reader = { columns, decimalComma: mapping.decimalComma, zone: mapping.time.zone };
  const holds = Object.entries(emit.when ?? {}).map(([column, condition]) =>
    compileCondition(columns(column), condition),
  );
  const customer = compileValue(emit.customer ?? mapping.customer, reader);
  const journey = compileOptional(emit.journey === undefined ? mapping.journey : emit.journey, reader);
  const journeyType = compileOptional(emit.journeyType === undefined ? mapping.journeyType : emit.journeyType, reader);
  const time = compileTime(emit.time ?? mapping.time, reader);
  const fields = Object.entries(emit.data).map(([name, field]) => [name, compileField(field, reader)] as const);
  const type = `touchstone.${emit.type}.v1` as EventType;

  return (row, rowId) => {
    for (const condition of holds) if (!condition(row)) return undefined;
    const at = time(row);
    if (at === undefined) return 'skipped';
    const subject = customer(row);
    if (subject === undefined) throw new RowFault('names no customer');
    const data: Record<string, unknown> = {};
    const journeyId = journey?.(row);
    if (journeyId !== undefined) {
      data.journeyId = String(journeyId);
      const itsType = journeyType?.(row);
      if (itsType !== undefined) data.journeyType = String(itsType);
    }
    for (const [name, field] of fields) {
      const value = field(row);
      if (value !== undefined) data[name] = value;
    }
    const { source } = mapping;
    return { specversion: '1.0', id: `${rowId}/${idSuffix}`, source, type, subject: String(subject), time: at, data };
  };
}

interface Reader<Row> {
  readonly columns: Columns<Row>;
  readonly decimalComma: boolean;
  readonly zone: string | undefined;
}

type Read<Row> = (row: Row) => unknown;

function compileOptional<Row>(value: Value | null | undefined, reader: Reader<Row>): Read<Row> | undefined {
  return value === null || value === undefined ? undefined : compileValue(value, reader);
}

function compileField<Row>(field: Field, reader: Reader<Row>): Read<Row> {
  if (typeof field !== 'object' || isCell(field)) return compileValue(field, reader);
  const entries = Object.entries(field).map(([name, value]) => [name, compileValue(value, reader)] as const);
  return (row) => {
    let record: Record<string, unknown> | undefined;
    for (const [name, read] of entries) {
      const value = read(row);
      if (value === undefined) continue;
      record ??= {};
      record[name] = value;
    }
    return record;
  };
}

function compileValue<Row>(value: Value, reader: Reader<Row>): Read<Row> {
  if (typeof value === 'string') return compileText(value, reader.columns);
  if (typeof value !== 'object') return () => value;
  return compileCell(value, reader);
}

/** `order-{order_id}`; `undefined` where one of its columns is empty. */
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

function compileCell<Row>(cell: Cell, reader: Reader<Row>): Read<Row> {
  const what = cell.column ?? cell.text!;
  const raw = cell.column === undefined ? compileText(cell.text!, reader.columns) : reader.columns(cell.column);
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

function conversion<Row>(cell: Cell, what: string, reader: Reader<Row>): (text: string) => unknown {
  const number = (text: string) => {
    const value = Number(reader.decimalComma ? text.replaceAll('.', '').replace(',', '.') : text);
    if (text.trim() === '' || !Number.isFinite(value)) throw new RowFault(`${what} "${shorten(text)}" is not a number`);
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
      const read = readerOfTimes(cell.format, cell.zone ?? reader.zone, what);
      return (text) => {
        const at = read(text);
        if (at === undefined) throw new RowFault(`${what} "${shorten(text)}" is not a time${formatHint(cell.format)}`);
        return at;
      };
    }
    default:
      return (text) => text;
  }
}

const BOOLEANS = new Map([
  ...['true', 'yes', 'y', '1', 't'].map((text) => [text, true] as const),
  ...['false', 'no', 'n', '0', 'f'].map((text) => [text, false] as const),
]);

function compileTime<Row>(time: TimeColumn, reader: Reader<Row>): (row: Row) => string | undefined {
  const raw = reader.columns(time.column);
  const read = readerOfTimes(time.format, time.zone ?? reader.zone, time.column);
  return (row) => {
    const text = raw(row);
    if (text === undefined) {
      if (time.whenMissing === 'skip') return undefined;
      throw new RowFault(`has no time: ${time.column} is empty ("whenMissing": "skip" would leave such events out)`);
    }
    const at = read(text);
    if (at === undefined)
      throw new RowFault(`${time.column} "${shorten(text)}" is not a time${formatHint(time.format)}`);
    return at;
  };
}

function readerOfTimes(format: string | undefined, zone: string | undefined, what: string) {
  try {
    return timeReader({ format, zone });
  } catch (error) {
    throw new MappingError(`${what}: ${(error as Error).message}`);
  }
}

const formatHint = (format: string | undefined) => (format === undefined ? ' in ISO 8601' : ` in the form ${format}`);

function compileCondition<Row>(column: Column<Row>, condition: Condition): (row: Row) => boolean {
  if (typeof condition === 'string') return (row) => column(row) === condition;
  if (Array.isArray(condition)) {
    const wanted = new Set(condition);
    return (row) => {
      const text = column(row);
      return text !== undefined && wanted.has(text);
    };
  }
  if ('present' in condition) return (row) => (column(row) !== undefined) === condition.present;
  const unwanted = new Set(typeof condition.not === 'string' ? [condition.not] : condition.not);
  return (row) => !unwanted.has(column(row) ?? '');
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
