import { z } from 'zod';
import {
  booleans,
  type Columns,
  counts,
  type Kind,
  lists,
  maps,
  mapsOfTimes,
  maybeBooleans,
  maybeNumbers,
  maybeTimes,
  positions,
  readerOf,
  texts,
  times,
} from './encoding/encode-rows.ts';
import { count, instant, position, attributes as readAttributes } from './engine/answer-fields.ts';
import { milliseconds } from './engine/sql-time.ts';

/**
 * A column's declaration: how its values are stored and how they are read back. Everything else
 * about the column follows from it.
 */
export interface ColumnOf<Written, Read = Written> {
  /** ClickHouse's type, spelled like in `system.columns`. */
  readonly type: string;
  readonly kind: Kind;
  /** The value of a row without a fact for this column. */
  readonly absent: Written;
  /** SQL that reads the column in a form that survives JSON without loss. */
  readonly select: (name: string) => string;
  /** Parses the answer to `select`. */
  readonly parse: z.ZodType<Read>;
  /** Parses it where `parse` would refuse a word that is not listed. */
  readonly parseAny?: z.ZodType<Read>;
}

// biome-ignore lint/suspicious/noExplicitAny: a column of whatever values; `table` keeps what each has.
export type Declared = Readonly<Record<string, ColumnOf<any, any>>>;

/** A table and its columns, in the order of insertion. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: Columns<Row>;
}

/** A table with the declarations that its columns come from. */
export interface DeclaredTable<Fields extends Declared> extends Table<WrittenOf<Fields>> {
  readonly fields: Fields;
}

export type WrittenOf<Fields extends Declared> = {
  readonly [Name in keyof Fields]: Fields[Name] extends ColumnOf<infer Written, infer _Read> ? Written : never;
};
type ReadOf<Fields extends Declared> = {
  [Name in keyof Fields]: Fields[Name] extends ColumnOf<infer _Written, infer Read> ? Read : never;
};

/** The rows of a table in the form that the projector makes. */
export type RowOf<Of> = Of extends DeclaredTable<infer Fields> ? WrittenOf<Fields> : never;

/** The selected columns of a row in the form that a query answers. */
export type ShownOf<Of, Name extends string> =
  Of extends DeclaredTable<infer Fields> ? Pick<ReadOf<Fields>, Name & keyof Fields> : never;

/** A publisher's own attributes; the table stores numbers and booleans as text. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

const TIME = "DateTime64(3, 'UTC')";
const asItIs = (name: string) => `\`${name}\``;
const asText = (name: string) => `toString(\`${name}\`)`;
const asMilliseconds = (name: string) => milliseconds(asItIs(name));

/** The kinds of columns. Times are ms since 1970, positions are log positions. */
export const column = {
  position: (): ColumnOf<bigint> => ({ type: 'UInt64', kind: positions, absent: 0n, select: asText, parse: position }),
  text: (): ColumnOf<string> => ({ type: 'String', kind: texts, absent: '', select: asItIs, parse: z.string() }),
  /**
   * A text with few distinct values: names, states, kinds. `words` lists them all, if they are
   * known.
   */
  word: <Word extends string = string>(words?: readonly Word[]): ColumnOf<Word> => ({
    type: 'LowCardinality(String)',
    kind: texts,
    absent: (words?.[0] ?? '') as Word,
    select: asItIs,
    parse: (words === undefined ? z.string() : z.enum(words)) as unknown as z.ZodType<Word>,
    parseAny: z.string() as unknown as z.ZodType<Word>,
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
  /** Times by name. */
  timesByName: (): ColumnOf<Readonly<Record<string, number>>> => ({
    type: `Map(LowCardinality(String), ${TIME})`,
    kind: mapsOfTimes,
    absent: {},
    select: (name) => `mapApply((key, time) -> (key, ${milliseconds('time')}), \`${name}\`)`,
    parse: z.record(z.string(), instant),
  }),
};

/** Declares a table; each column has the name of its field in snake_case. */
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

/** The selected columns of a table in a query. */
export interface Shown<Row> {
  /**
   * The list behind SELECT. Its aliases differ from the table's column names, so that conditions
   * and orders refer to the columns.
   */
  readonly select: string;
  /** Parses a row of the answer and renames its fields. */
  readonly row: z.ZodType<Row>;
}

/** How a query shows some of its columns otherwise than the table has them. */
interface ShownAs<Name extends string> {
  /** Names in the answer. */
  readonly as?: { readonly [Key in Name]?: string };
  /** Texts that are null in the answer where they are absent ('') in the table. */
  readonly orNull?: readonly Name[];
  /** True if words that are not listed are answered as they stand. */
  readonly isAnyWord?: boolean;
}

type AnsweredOf<Row, As, OrNull> = {
  [Key in keyof Row as Key extends keyof As ? (As[Key] extends string ? As[Key] : Key) : Key]: Key extends OrNull
    ? Exclude<Row[Key], ''> | null
    : Row[Key];
};

/** Selects the columns of these fields for a query. */
export function shown<
  Fields extends Declared,
  const Name extends keyof Fields & string,
  const As extends { readonly [Key in Name]?: string } = Record<never, never>,
  const OrNull extends Name = never,
>(
  { fields }: DeclaredTable<Fields>,
  names: readonly Name[],
  {
    as,
    orNull = [],
    isAnyWord = false,
  }: ShownAs<Name> & { readonly as?: As; readonly orNull?: readonly OrNull[] } = {},
): Shown<AnsweredOf<ShownOf<DeclaredTable<Fields>, Name>, As, OrNull>> {
  const select = names.map((name) => `${fields[name]!.select(snake(name))} AS shown_${name}`).join(', ');
  const shape = Object.fromEntries(
    names.map((name) => [`shown_${name}`, (isAnyWord && fields[name]!.parseAny) || fields[name]!.parse]),
  );
  const isOrNull = new Set<string>(orNull);
  const fieldsOfRow = names.map((name) => [as?.[name] ?? name, `shown_${name}`, isOrNull.has(name)] as const);
  const row = z.object(shape).transform((answered) => {
    const read: Record<string, unknown> = {};
    for (const [name, alias, maybe] of fieldsOfRow) {
      const value = answered[alias];
      read[name] = maybe && value === '' ? null : value;
    }
    return read;
  });
  return { select, row: row as unknown as z.ZodType<AnsweredOf<ShownOf<DeclaredTable<Fields>, Name>, As, OrNull>> };
}
