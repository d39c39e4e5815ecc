import { type CloudEvent, eventTypeOfShort, formatInstant } from '@touchstone/journey';
import {
  type Column,
  type Columns,
  compileCell,
  compileSource,
  compileText,
  type Read,
  type Reader,
  RowFault,
  timeOf,
} from './compile-cell.ts';
import { type Condition, type Emit, type EventTime, type Field, isCell, type Mapping, type Value } from './mapping.ts';

/** Result of one row. */
export interface MadeRow {
  readonly events: readonly CloudEvent[];
  /** Reasons why parts of the row gave no event. */
  readonly faults: readonly string[];
  /** Whether an event was left out because it has no time, as the mapping asks. */
  readonly skipped: boolean;
}

export type MakeEvents<Row> = (row: Row, rowId: string) => MadeRow;

/**
 * Compiles the emits of one place (`at`) to one function. `now` (ms since 1970) decides the century
 * of two-digit years.
 */
export function compileMapping<Row>(
  mapping: Mapping,
  at: Emit['at'],
  columns: Columns<Row>,
  now: number,
): MakeEvents<Row> {
  const used = new Map<string, number>();
  const all = mapping.emit.map((emit) => {
    const label = emit.id ?? emit.type;
    const count = (used.get(label) ?? 0) + 1;
    used.set(label, count);
    return { emit, idSuffix: count === 1 ? label : `${label}.${count}` };
  });
  const makers = all
    .filter(({ emit }) => emit.at === at)
    .map(({ emit, idSuffix }) => compileEmit(mapping, emit, idSuffix, columns, now));

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

/** Names of all columns that a mapping reads, joined ones included, in alphabetical order. */
export function columnsRead(mapping: Mapping): readonly string[] {
  const names = new Set<string>();
  const columns = (name: string) => {
    names.add(name);
    return () => undefined;
  };
  for (const at of ['traceStart', 'event', 'traceEnd'] as const) compileMapping(mapping, at, columns, 0);
  for (const { column } of Object.values(mapping.join ?? {})) columns(column);
  return [...names].sort();
}

type MakeEvent<Row> = (row: Row, rowId: string) => CloudEvent | 'skipped' | undefined;

function compileEmit<Row>(
  mapping: Mapping,
  emit: Emit,
  idSuffix: string,
  columns: Columns<Row>,
  now: number,
): MakeEvent<Row> {
  const { decimalComma, thousands } = mapping;
  const itsTime = emit.time ?? mapping.time;
  const { zone, locale } = mapping.time;
  const reader = { columns, decimalComma, thousands, zone, locale, time: itsTime, now };
  const holds = Object.entries(emit.when ?? {}).map(([column, condition]) =>
    compileCondition(columns(column), condition),
  );
  const customer = compileValue(emit.customer ?? mapping.customer, reader);
  const journey = compileOptional(emit.journey === undefined ? mapping.journey : emit.journey, reader);
  const journeyType = compileOptional(emit.journeyType === undefined ? mapping.journeyType : emit.journeyType, reader);
  const time = compileTime(itsTime, reader);
  const fields = Object.entries(emit.data).map(([name, field]) => [name, compileField(field, reader)] as const);
  // The mapping's schema has refused names that are none.
  const type = eventTypeOfShort(emit.type)!;

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

function compileTime<Row>(time: EventTime, reader: Reader<Row>): (row: Row) => string | undefined {
  const { what, read } = compileSource(time, reader.columns);
  const timeIn = timeOf(time, reader, false);
  return (row) => {
    const text = read(row);
    if (text !== undefined) return formatInstant(timeIn(text, what));
    if (time.whenMissing === 'skip') return undefined;
    throw new RowFault(`has no time: ${what} is empty ("whenMissing": "skip" would leave such events out)`);
  };
}

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
