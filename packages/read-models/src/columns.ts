import { z } from 'zod';
import {
  booleans,
  type Columns,
  counts,
  type Kind,
  lists,
  maps,
  maybeBooleans,
  maybeNumbers,
  maybeTimes,
  positions,
  readerOf,
  texts,
  times,
} from './encoding/encode-rows.ts';
import { count, instant, position, attributes as readAttributes } from './queries/answer-fields.ts';
import { milliseconds } from './queries/conditions.ts';

/** One column: how a value is stored, and how it is read back. All that is known of a column follows from this. */
export interface ColumnOf<Written, Read = Written> {
  /** ClickHouse's type, as `system.columns` names it. */
  readonly type: string;
  readonly kind: Kind;
  /** The value of a row that has nothing to say here. */
  readonly absent: Written;
  /** SQL that reads the column in a form which JSON carries without loss. */
  readonly select: (name: string) => string;
  /** Parses the answer to `select`. */
  readonly parse: z.ZodType<Read>;
}

// biome-ignore lint/suspicious/noExplicitAny: a column of whatever values; `table` keeps what each has.
export type Declared = Readonly<Record<string, ColumnOf<any, any>>>;

/** A table, and its columns in the order in which they are inserted. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: Columns<Row>;
}

/** A table together with the declarations that its columns come from. */
export interface DeclaredTable<Fields extends Declared> extends Table<WrittenOf<Fields>> {
  readonly fields: Fields;
}

export type WrittenOf<Fields extends Declared> = {
  readonly [Name in keyof Fields]: Fields[Name] extends ColumnOf<infer Written, infer _Read> ? Written : never;
};
type ReadOf<Fields extends Declared> = {
  [Name in keyof Fields]: Fields[Name] extends ColumnOf<infer _Written, infer Read> ? Read : never;
};

/** The rows of a table, as the projector makes them. */
export type RowOf<Of> = Of extends DeclaredTable<infer Fields> ? WrittenOf<Fields> : never;

/** The columns that are read of a row, as a query answers them. */
export type ShownOf<Of, Name extends string> =
  Of extends DeclaredTable<infer Fields> ? Pick<ReadOf<Fields>, Name & keyof Fields> : never;

/** A publisher's own attributes; numbers and booleans become text in the table. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

const TIME = "DateTime64(3, 'UTC')";
const asItIs = (name: string) => `\`${name}\``;
const asText = (name: string) => `toString(\`${name}\`)`;
const asMilliseconds = (name: string) => milliseconds(asItIs(name));

/** The kinds of column that there are. Times are ms since 1970, positions are those of the log. */
export const column = {
  position: (): ColumnOf<bigint> => ({ type: 'UInt64', kind: positions, absent: 0n, select: asText, parse: position }),
  text: (): ColumnOf<string> => ({ type: 'String', kind: texts, absent: '', select: asItIs, parse: z.string() }),
  /** A text of which there are few: names, states, kinds. `words` are all of them, where they are known. */
  word: <Word extends string = string>(words?: readonly Word[]): ColumnOf<Word> => ({
    type: 'LowCardinality(String)',
    kind: texts,
    absent: (words?.[0] ?? '') as Word,
    select: asItIs,
    parse: (words === undefined ? z.string() : z.enum(words)) as unknown as z.ZodType<Word>,
  }),
  count: (): ColumnOf<number> => ({ type: 'UInt32', kind: counts, absent: 0, select: asItIs, parse: count }),
  maybeNumber: (): ColumnOf<number | null> => ({
    type: 'Nullable(Float64)',
    kind: maybeNumbers,
    absent: null,
    select: asItIs,
    parse: z.number().nullable(),
  }),
  time: (): ColumnOf<number> => ({ type: TIME, kind: times, absent: 0, select: asMilliseconds, parse: instant }),
  maybeTime: (): ColumnOf<number | null> => ({
    type: `Nullable(${TIME})`,
    kind: maybeTimes,
    absent: null,
    select: asMilliseconds,
    parse: instant.nullable(),
  }),
  claim: (): ColumnOf<boolean> => ({
    type: 'Bool',
    kind: booleans,
    absent: false,
    select: asItIs,
    parse: z.coerce.boolean(),
  }),
  maybeClaim: (): ColumnOf<boolean | null> => ({
    type: 'Nullable(Bool)',
    kind: maybeBooleans,
    absent: null,
    select: asItIs,
    parse: z.boolean().nullable(),
  }),
  mark: (): ColumnOf<boolean> => ({
    type: 'UInt8',
    kind: booleans,
    absent: false,
    select: asItIs,
    parse: z.coerce.boolean(),
  }),
  words: (): ColumnOf<readonly string[]> => ({
    type: 'Array(LowCardinality(String))',
    kind: lists,
    absent: [],
    select: asItIs,
    parse: z.array(z.string()),
  }),
  attributes: (): ColumnOf<Attributes, Readonly<Record<string, string>>> => ({
    type: 'Map(LowCardinality(String), String)',
    kind: maps,
    absent: {},
    select: asItIs,
    parse: readAttributes,
  }),
};

/** Declares a table. A column has the name of its field, in snake_case. */
export function table<const Fields extends Declared>(name: string, fields: Fields): DeclaredTable<Fields> {
  const columns = Object.entries(fields).map(([field, { type, kind }]) => ({
    name: snake(field),
    type,
    read: readerOf<WrittenOf<Fields>>(field as keyof WrittenOf<Fields> & string),
    kind,
  }));
  return { name, fields, columns };
}

const snake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Some columns of a table, as a query reads them. */
export interface Shown<Row> {
  /** The list behind SELECT. Its names are no columns of the table, so that conditions and orders mean the columns. */
  readonly select: string;
  /** Parses an answered row, and gives the fields their names. */
  readonly row: z.ZodType<Row>;
}

/** The columns of these fields, for a query to read. */
export function shown<Fields extends Declared, const Name extends keyof Fields & string>(
  { fields }: DeclaredTable<Fields>,
  names: readonly Name[],
): Shown<ShownOf<DeclaredTable<Fields>, Name>> {
  const select = names.map((name) => `${fields[name]!.select(snake(name))} AS shown_${name}`).join(', ');
  const shape = Object.fromEntries(names.map((name) => [`shown_${name}`, fields[name]!.parse]));
  const row = z
    .object(shape)
    .transform((answered) => Object.fromEntries(names.map((name) => [name, answered[`shown_${name}`]])));
  return { select, row: row as unknown as z.ZodType<ShownOf<DeclaredTable<Fields>, Name>> };
}
