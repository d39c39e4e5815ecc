import type { Readable } from 'node:stream';
import { type CsvError, type Options, parse } from 'csv-parse';
import { ImportError } from './import-error.ts';
import type { SourceFault } from './source-record.ts';

export interface CsvDialect {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
}

/** One row, and what went wrong between the row before and this one. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** 1-based line on which it begins. */
  readonly line: number;
  /** Rows that could not be read before this one; the last of a file come with no cells. */
  readonly faults: readonly SourceFault[];
}

interface ReadRow {
  readonly record: string[];
  readonly line: number;
  readonly faults: SourceFault[];
}

/** The first row is the header: it is yielded first, like the others. Rows of another width than the header are faults. */
export async function* csvRows(bytes: Readable, file: string, dialect: CsvDialect = {}): AsyncGenerator<CsvRow> {
  let faults: SourceFault[] = [];
  let width: number | undefined;
  // Where a row begins: after the line on which the one before it ended.
  let endLine = 0;
  const take = () => {
    const taken = faults;
    faults = [];
    return taken;
  };
  const parser = parse({
    bom: true,
    relaxColumnCount: true,
    skipEmptyLines: true,
    skipRecordsWithError: true,
    maxRecordSize: 16 * 1024 * 1024,
    ...(dialect.delimiter === undefined ? {} : { delimiter: dialect.delimiter }),
    ...(dialect.quote === undefined ? {} : { quote: dialect.quote }),
    // A stray quote may take the lines after it along: all that were lost are named.
    onSkip: (error: CsvError | undefined) => {
      const line = endLine + 1;
      endLine = Math.max(line, Number(error?.lines ?? line));
      const range = endLine > line ? ` (lines ${line} to ${endLine})` : '';
      faults.push({ line, reason: `cannot be read${range}: ${plainly(error?.message)}`, raw: '' });
      return undefined;
    },
    onRecord: (record: string[], { lines }: { lines: number }): ReadRow | null => {
      const line = Math.max(endLine + 1, lines - newlinesIn(record));
      endLine = lines;
      width ??= record.length;
      if (record.length === width) return { record, line, faults: take() };
      const reason = `has ${record.length} columns where the header has ${width}`;
      faults.push({ line, reason, raw: record.join(',').slice(0, 10_000) });
      return null;
    },
  } as unknown as Options);
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  try {
    for await (const row of parser as AsyncIterable<ReadRow>)
      yield { cells: row.record, line: row.line, faults: row.faults };
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError(`${file}:${endLine + 1}: ${plainly((error as Error).message)}`);
  } finally {
    bytes.destroy();
  }
  if (faults.length > 0) yield { cells: [], line: endLine, faults: take() };
}

function newlinesIn(record: readonly string[]): number {
  let count = 0;
  for (const cell of record) if (cell.includes('\n')) count += cell.split('\n').length - 1;
  return count;
}

const plainly = (message = 'unknown fault') => message.replace(/^[A-Z][\w ]*: /, '');
