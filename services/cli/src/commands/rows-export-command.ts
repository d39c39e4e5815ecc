import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type ExportName, exportNames } from '@touchstone/api/vocabulary';
import { createClient, type Download } from '@touchstone/client';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showAmount } from '../terminal/progress.ts';
import { style, whole } from '../terminal/style.ts';
import { inWords } from './backup-command.ts';

interface ExportOptions {
  readonly from?: bigint;
  readonly customer?: string;
  readonly type?: string;
  readonly format?: string;
  readonly where?: readonly string[];
}

/** The export of the log into a file, or of rows. */
type ExportMeant =
  | {
      readonly rows?: undefined;
      readonly file: string;
      readonly from: bigint | undefined;
      readonly customer: string | undefined;
      readonly type: string | undefined;
    }
  | { readonly rows: ExportName; readonly file: string; readonly format: string; readonly where: readonly string[] };

const isRows = (text: string): text is ExportName => (exportNames as readonly string[]).includes(text);

/**
 * One argument is a file for the log; with two, the first says which rows the second is for.
 * @throws CliError for anything else.
 */
export function exportMeant(first: string, second: string | undefined, options: ExportOptions): ExportMeant {
  const { from, customer, type, format, where = [] } = options;
  const forLog = { '--from': from, '--customer': customer, '--type': type };
  const forRows = { '--format': format, '--where': options.where };
  if (second === undefined) {
    if (isRows(first)) {
      throw new CliError(
        `Name the file: export ${first} ${first}.csv. To export the log into a file of that name: export ./${first}`,
      );
    }
    refuse(forRows, 'is for rows, e.g. export journeys FILE.csv --where type=order');
    return { file: first, from, customer, type };
  }
  if (!isRows(first)) {
    throw new CliError(
      `There are no rows ${first}; there are: ${exportNames.join(', ')}. For the log: export FILE.ndjson`,
    );
  }
  refuse(forLog, 'is for the log; of rows say --where, e.g. --where customerId=anna from=2026-03-01T00:00:00Z');
  return { rows: first, file: second, format: format ?? formatOf(second), where };
}

function refuse(options: Readonly<Record<string, unknown>>, why: string): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given !== undefined) throw new CliError(`${given[0]} ${why}.`);
}

/** Formats by the ending of a file's name. */
const ENDINGS = {
  '.csv': 'csv',
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.parquet': 'parquet',
  '.xes': 'xes',
  '.ocel.json': 'ocel',
  '.jsonocel': 'ocel',
} as const;

function formatOf(file: string): string {
  const name = file.toLowerCase().replace(/\.gz$/, '');
  const found = Object.entries(ENDINGS).find(([ending]) => name.endsWith(ending));
  if (found !== undefined) return found[1];
  const known = Object.keys(ENDINGS).join(', ');
  throw new CliError(`The ending of ${file} names no format: it may be ${known} (or say --format).`);
}

export interface RowsExportCommand {
  readonly url: string;
  readonly key?: string;
  readonly rows: ExportName;
  readonly file: string;
  readonly format: string;
  readonly where: readonly string[];
  readonly json: boolean;
}

/**
 * Writes rows of the running system into a new file, packed if its name ends in `.gz`. The file
 * gets its name once it is whole.
 */
export async function runRowsExport(command: RowsExportCommand): Promise<ExitCode> {
  const { file, rows, json } = command;
  if (existsSync(file)) throw new CliError(`${file} exists already, and an export of rows overwrites nothing.`);
  const interrupt = onInterrupt(() => console.error('\nStopping; nothing is kept of this export.'));
  const began = performance.now();
  try {
    const download = await createClient(command).download(addressOf(command), interrupt.signal);
    const bytes = await writeWhole(file, download, interrupt.signal);
    const told = {
      ...{ file, rows, bytes },
      madeAt: download.headers.get('touchstone-made-at'),
      position: download.headers.get('touchstone-position'),
    };
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (json) console.log(JSON.stringify(told));
    else
      console.log(
        `${style.bold(file)}: ${rows}, ${whole(bytes)} bytes in ${seconds} s, made at ${told.madeAt}, with everything up to position ${told.position} at least`,
      );
    return exitCodes.ok;
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw inWords(error);
  } finally {
    interrupt.release();
  }
}

function addressOf({ rows, format, where }: RowsExportCommand): string {
  const parameters = new URLSearchParams({ format });
  for (const filter of where) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(filter) ?? [];
    if (name === undefined || value === undefined)
      throw new CliError(`--where ${filter}: write NAME=VALUE, e.g. type=order or attribute.colour=red.`);
    parameters.append(name, value);
  }
  return `/v1/export/${rows}?${parameters}`;
}

/**
 * Returns the number of bytes received. A connection that breaks leaves no file.
 * @throws CliError
 */
async function writeWhole(file: string, { pieces }: Download, signal: AbortSignal): Promise<number> {
  const partial = `${file}.partial`;
  let bytes = 0;
  const tell = showAmount('export');
  const counted = new Transform({
    transform(chunk: Uint8Array, _encoding, callback) {
      bytes += chunk.length;
      tell(bytes);
      callback(null, chunk);
    },
  });
  try {
    const packing = file.endsWith('.gz') ? [createGzip()] : [];
    await pipeline([Readable.from(pieces), counted, ...packing, createWriteStream(partial)], { signal });
    if (process.stderr.isTTY) process.stderr.write('\n');
    await rename(partial, file);
    return bytes;
  } catch (error) {
    await rm(partial, { force: true });
    if (signal.aborted || (error as NodeJS.ErrnoException).code?.startsWith('E')) throw error;
    throw new CliError(
      'The connection broke before the end of the export, and nothing is kept of it. The system says why in its log: it may have taken longer than EXPORT_TIME_MAX, or more memory than QUESTION_MEMORY_MAX.',
      { cause: error },
    );
  }
}
