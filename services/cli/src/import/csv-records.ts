import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { type Column, type Columns, compileText } from './compile-cell.ts';
import { columnsRead, compileMapping } from './compile-mapping.ts';
import { csvRows } from './csv-rows.ts';
import { ImportError } from './import-error.ts';
import { type Join, type Mapping, MappingError } from './mapping.ts';
import { openFile } from './open-file.ts';
import { contentIds, type IdRule } from './row-ids.ts';
import type { SourceRecord } from './source-record.ts';

type Cells = readonly string[];

interface Joined {
  readonly header: Cells;
  readonly rows: ReadonlyMap<string, Cells>;
}

/**
 * The rows of a CSV file, made into events by a mapping. Joined tables are held in memory, the file
 * itself is not.
 */
export async function* csvRecords(
  bytes: Readable,
  file: string,
  mapping: Mapping,
  ids: IdRule,
  now: number,
): AsyncGenerator<SourceRecord> {
  const joins = new Map<string, Joined>();
  for (const [name, join] of Object.entries(mapping.join ?? {})) {
    const path = resolve(dirname(file), join.file);
    joins.set(name, await readJoined(path, join, mapping));
  }
  let made: ReturnType<typeof compileRows> | undefined;
  for await (const { cells, line, number, faults } of csvRows(bytes, file, mapping.csv)) {
    if (made === undefined) {
      if (cells.length === 0) throw new ImportError(`${file}:1: the header ${faults[0]?.reason ?? 'is empty'}`);
      made = compileRows(mapping, headerOf(cells, file), joins, file, ids, now);
      continue;
    }
    if (cells.length === 0) {
      yield { events: [], faults, skipped: 0, line };
      continue;
    }
    const row = made(cells, number);
    const own = row.faults.map((reason) => ({ line, reason, raw: cells.join(',').slice(0, 10_000) }));
    yield {
      events: row.events,
      faults: own.length === 0 ? faults : [...faults, ...own],
      skipped: row.skipped ? 1 : 0,
      line,
    };
  }
  if (made === undefined)
    throw new ImportError(`${file} is empty: a CSV file begins with a header that names its columns.`);
}

function compileRows(
  mapping: Mapping,
  header: Cells,
  joins: ReadonlyMap<string, Joined>,
  file: string,
  ids: IdRule,
  now: number,
) {
  const columns = columnsOf(mapping, header, joins, file);
  const make = compileMapping(mapping, 'event', columns, now);
  if (mapping.emit.some((emit) => emit.at !== 'event')) {
    throw new MappingError('`at` is for the traces of XES; a CSV row is an event');
  }
  const ownId = mapping.id === undefined ? undefined : compileText(mapping.id, columns);
  const rowId = ids === 'content' ? idByContent(mapping, header) : idByNumber;
  const strict = Object.entries(mapping.join ?? {})
    .filter(([, join]) => join.whenMissing === 'reject')
    .map(([name, join]) => ({ name, join, key: columns(join.column), rows: joins.get(name)!.rows }));

  return (cells: Cells, number: number) => {
    for (const { name, join, key, rows } of strict) {
      const value = key(cells);
      if (value !== undefined && rows.has(value)) continue;
      const reason = `${join.column} "${value ?? ''}" is not in ${join.file} (join ${name})`;
      return { events: [], faults: [reason], skipped: false };
    }
    return make(cells, ownId?.(cells) ?? rowId(cells, number));
  };
}

/**
 * Only columns of the file itself count, so a changed joined table makes another event with the
 * same id.
 */
function idByContent(mapping: Mapping, header: Cells): (cells: Cells) => string {
  const read = new Set(columnsRead(mapping).map((name) => name.trim()));
  const names = [...read].filter((name) => header.includes(name));
  const indexes = names.map((name) => header.indexOf(name));
  const next = contentIds(names);
  return (cells) => next(indexes.map((index) => cells[index]));
}

/** The number distinguishes rows with the same content, and the content distinguishes files. */
function idByNumber(cells: Cells, number: number): string {
  return `${number}-${createHash('sha1').update(cells.join('\u001f')).digest('hex').slice(0, 12)}`;
}

function columnsOf(mapping: Mapping, header: Cells, joins: ReadonlyMap<string, Joined>, file: string): Columns<Cells> {
  const own = (name: string): Column<Cells> | undefined => {
    const index = header.indexOf(name.trim());
    return index === -1 ? undefined : (cells) => cells[index] || undefined;
  };
  return (name) => {
    const column = own(name);
    if (column !== undefined) return column;
    const [, joinName = '', joinedName = ''] = /^(\w+)\.(.+)$/.exec(name) ?? [];
    const joined = joins.get(joinName);
    const join = mapping.join?.[joinName];
    if (joined === undefined || join === undefined) {
      throw new MappingError(`${file} has no column "${name}"; it has ${listed(header)}`);
    }
    const index = joined.header.indexOf(joinedName.trim());
    if (index === -1) {
      throw new MappingError(`${join.file} has no column "${joinedName}"; it has ${listed(joined.header)}`);
    }
    const key = own(join.column);
    if (key === undefined) {
      throw new MappingError(`join ${joinName}: ${file} has no column "${join.column}"; it has ${listed(header)}`);
    }
    return (cells) => {
      const value = key(cells);
      return value === undefined ? undefined : joined.rows.get(value)?.[index] || undefined;
    };
  };
}

/**
 * Names of the columns, trimmed.
 * @throws ImportError for a name that occurs twice, because it could mean either column.
 */
function headerOf(cells: Cells, file: string): Cells {
  const header = cells.map((cell) => cell.trim());
  header.forEach((name, index) => {
    const first = header.indexOf(name);
    if (name === '' || first === index) return;
    throw new ImportError(
      `${file}: the header names two columns ${listed([name])}: the ${nth(first)} and the ${nth(index)}. Rename one of them.`,
    );
  });
  return header;
}

const nth = (index: number) => {
  const number = index + 1;
  const tens = number % 100;
  return `${number}${(tens > 10 && tens < 14 ? undefined : ['th', 'st', 'nd', 'rd'][number % 10]) ?? 'th'}`;
};

/** Shortened, because a file with unknown line ends may be one endless name. */
function listed(names: Cells): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => (name.length > 60 ? `${name.slice(0, 57)}...` : name));
  return names.length > NAMES_SHOWN ? `${shown.join(', ')} and ${names.length - NAMES_SHOWN} more` : shown.join(', ');
}

const NAMES_SHOWN = 30;

/**
 * Reads a whole table by its key.
 * @throws ImportError for a key that occurs twice, because the result would depend on the order of
 *   rows.
 */
async function readJoined(file: string, join: Join, mapping: Mapping): Promise<Joined> {
  const { bytes } = await openFile(file);
  const key = join.key ?? join.column;
  const dialect = { ...mapping.csv, encoding: join.encoding ?? mapping.csv?.encoding };
  let header: Cells | undefined;
  let keyIndex = -1;
  const rows = new Map<string, Cells>();
  for await (const { cells, line, faults } of csvRows(bytes, file, dialect)) {
    if (faults.length > 0) throw new ImportError(`${file}:${faults[0]!.line}: ${faults[0]!.reason}`);
    if (header === undefined) {
      header = headerOf(cells, file);
      keyIndex = header.indexOf(key.trim());
      if (keyIndex === -1) throw new MappingError(`${file} has no column "${key}"; it has ${listed(header)}`);
      continue;
    }
    const value = cells[keyIndex]!;
    if (rows.has(value)) throw new ImportError(`${file}:${line}: ${key} "${value}" comes twice; a join needs it once`);
    rows.set(value, cells);
  }
  if (header === undefined) throw new ImportError(`${file} is empty`);
  return { header, rows };
}
