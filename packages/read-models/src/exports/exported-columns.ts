import type { Declared, DeclaredTable } from '../columns.ts';

/** A column of an export, in the form that each format begins from. */
export interface ExportedColumn {
  /** Its name in the file. */
  readonly name: string;
  /** SQL of its value: a text, a time, a number, a flag, an array or a map; NULL where absent. */
  readonly sql: string;
  readonly kind: 'text' | 'plain' | 'composite';
}

const snake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** How an export shows some of a table's columns. */
interface ExportedAs<Name extends string> {
  readonly as?: Readonly<Partial<Record<Name, string>>>;
  /** Texts that are NULL in the export where they are absent ('') in the table. */
  readonly orNull?: readonly Name[];
}

/** The columns of these fields of a table, under their names in the API. */
export function exportedColumns<Fields extends Declared, const Name extends keyof Fields & string>(
  { fields }: DeclaredTable<Fields>,
  names: readonly Name[],
  { as, orNull = [] }: ExportedAs<Name> = {},
): ExportedColumn[] {
  return names.map((field) => {
    const column = `\`${snake(field)}\``;
    const { type } = fields[field]!;
    const isMaybe = orNull.includes(field);
    return { name: as?.[field] ?? field, ...plainValueOf(column, type, isMaybe) };
  });
}

/** Values have plain types, because readers of Parquet differ in how they take dictionaries. */
function plainValueOf(column: string, type: string, isMaybe: boolean): Omit<ExportedColumn, 'name'> {
  if (type === 'String' || type === 'LowCardinality(String)') {
    const text = `toString(${column})`;
    return { sql: isMaybe ? `nullIf(${text}, '')` : text, kind: 'text' };
  }
  if (type.startsWith('Array')) return { sql: `CAST(${column}, 'Array(String)')`, kind: 'composite' };
  if (type.startsWith('Map')) return { sql: `CAST(${column}, 'Map(String, String)')`, kind: 'composite' };
  return { sql: column, kind: 'plain' };
}
