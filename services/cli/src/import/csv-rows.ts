import type { Readable } from 'node:stream';
import { type Line, readLines, withoutEnd } from './read-lines.ts';
import type { SourceFault } from './source-record.ts';

export interface CsvDialect {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  /** A label of the Encoding Standard, used if the file has no byte order mark. */
  readonly encoding?: string | undefined;
  /** Whether to trim white space around cells. */
  readonly trim?: boolean | undefined;
}

/** One row, and the faults between the previous row and this one. */
export interface CsvRow {
  readonly cells: readonly string[];
  /** 1-based line on which the row begins. */
  readonly line: number;
  /**
   * Number of the row, where the header is 0. Undecodable rows count, rows of another width do not.
   */
  readonly number: number;
  /**
   * Rows before this one that could not be read. A row with no cells carries the faults of
   * undecodable content, or of the end of the file.
   */
  readonly faults: readonly SourceFault[];
}

/**
 * A quote that is not closed within this many lines is a mistake: it costs its own line, and
 * reading resumes with the next.
 */
const OPEN_LINES_MAX = 1000;
const OPEN_CHARACTERS_MAX = 1024 * 1024;

/**
 * The rows of a CSV file (RFC 4180); the first is the header, and rows of another width are faults.
 * Own code, because a fault must cost one row: the usual parsers lose everything from a stray quote
 * up to the next one.
 */
export async function* csvRows(bytes: Readable, file: string, dialect: CsvDialect = {}): AsyncGenerator<CsvRow> {
  const { quote = '"', encoding, trim = false } = dialect;
  let { delimiter = ',' } = dialect;
  let width: number | undefined;
  let faults: SourceFault[] = [];
  // Lines read that are not part of a row yet; more than one only while a quote is open.
  let waiting: Line[] = [];
  let line = 1;
  let number = 0;

  // biome-ignore lint/complexity/noExcessiveCognitiveComplexity: a state machine over characters reads best in one place.
  function* rowsOf(isEnd: boolean): Generator<CsvRow> {
    while (waiting.length > 0) {
      const named = line === 1 ? SEPARATOR.exec(withoutEnd(waiting[0]!.text))?.[1] : undefined;
      if (named !== undefined) {
        delimiter = named;
        waiting.shift();
        line++;
        continue;
      }
      const found = takeRow(waiting, delimiter, quote, isEnd);
      if (found === 'wait') return;
      const { used, cells } = found;
      const reason = cells === undefined ? found.reason : widthFault(cells, width);
      const unread = firstUnread(waiting, used);
      if (unread !== -1) faults.push({ line: line + unread, reason: waiting[unread]!.fault!.reason, raw: shown(used) });
      else if (reason !== undefined) faults.push({ line, reason, raw: shown(used) });
      if (reason === undefined && cells !== undefined && cells.length > 0) {
        width ??= cells.length;
        const taken = trim ? cells.map((cell) => cell.trim()) : cells;
        yield { cells: unread === -1 ? taken : [], line, number: number++, faults };
        faults = [];
      }
      line += used;
      waiting = used === waiting.length ? [] : waiting.slice(used);
    }
  }
  const shown = (used: number) => withoutEnd(textOf(waiting, used)).slice(0, 10_000);

  const hint = encoding === undefined ? NAME_IT : undefined;
  for await (const lines of readLines(bytes, { file, named: encoding, hint })) {
    for (const read of lines) {
      waiting.push(read);
      for (const row of rowsOf(false)) yield row;
    }
  }
  for (const row of rowsOf(true)) yield row;
  if (faults.length > 0) yield { cells: [], line, number, faults };
}

/** Excel writes and reads this first line to name the delimiter. */
const SEPARATOR = /^"?sep=(.)"?$/i;
const NAME_IT = 'the mapping may name another encoding: "csv": {"encoding": "windows-1252"}';

function firstUnread(lines: readonly Line[], count: number): number {
  for (let index = 0; index < count; index++) if (lines[index]!.fault !== undefined) return index;
  return -1;
}

const textOf = (lines: readonly Line[], count: number) =>
  count === 1
    ? lines[0]!.text
    : lines
        .slice(0, count)
        .map(({ text }) => text)
        .join('');

function widthFault(cells: readonly string[], width: number | undefined): string | undefined {
  if (width === undefined || cells.length === 0 || cells.length === width) return undefined;
  return `has ${cells.length} columns where the header has ${width}`;
}

type Taken =
  | { readonly used: number; readonly cells: readonly string[] }
  | { readonly used: 1; readonly cells: undefined; readonly reason: string };

/**
 * The first row of the lines; an empty line is a row without cells. `wait`: a quote is open and
 * later lines may close it.
 */
function takeRow(lines: readonly Line[], delimiter: string, quote: string, isEnd: boolean): Taken | 'wait' {
  const { text: first, fault: damage } = lines[0]!;
  if (damage?.isCut) return fault(damage.reason);
  const row = withoutEnd(first);
  if (row === '') return { used: 1, cells: [] };
  let cells = splitRow(row, delimiter, quote);
  if (Array.isArray(cells)) return { used: 1, cells };
  if (cells !== 'open') return fault(cells.reason);
  // Quotes come in pairs, so only a line that makes their number even can end the row.
  let isOpen = isOdd(first, quote);
  let length = first.length;
  for (let used = 2; used <= lines.length; used++) {
    const { text } = lines[used - 1]!;
    length += text.length;
    if (isOdd(text, quote)) isOpen = !isOpen;
    if (isOpen) continue;
    cells = splitRow(withoutEnd(textOf(lines, used)), delimiter, quote);
    if (Array.isArray(cells)) return { used, cells };
    return fault(cells === 'open' ? NEVER_CLOSED : cells.reason);
  }
  if (!isEnd && lines.length < OPEN_LINES_MAX && length < OPEN_CHARACTERS_MAX) return 'wait';
  return fault(NEVER_CLOSED);
}

const NEVER_CLOSED = 'opens a quote that is not closed';
const fault = (reason: string) => ({ used: 1, cells: undefined, reason }) as const;

function isOdd(text: string, quote: string): boolean {
  let odd = false;
  for (let at = text.indexOf(quote); at !== -1; at = text.indexOf(quote, at + 1)) odd = !odd;
  return odd;
}

/** The cells of one row; `open` if its last quote is not closed. */
function splitRow(text: string, delimiter: string, quote: string): string[] | 'open' | { readonly reason: string } {
  if (!text.includes(quote)) return text.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] !== quote) {
      const end = text.indexOf(delimiter, at);
      const cell = end === -1 ? text.slice(at) : text.slice(at, end);
      if (cell.includes(quote)) return { reason: `has a quote within column ${cells.length + 1}, which is not quoted` };
      cells.push(cell);
      if (end === -1) return cells;
      at = end + 1;
      continue;
    }
    let cell = '';
    at++;
    for (;;) {
      const end = text.indexOf(quote, at);
      if (end === -1) return 'open';
      cell += text.slice(at, end);
      at = end + 1;
      if (text[at] !== quote) break;
      cell += quote;
      at++;
    }
    cells.push(cell);
    if (at === text.length) return cells;
    if (text[at] !== delimiter) return { reason: `goes on after the closing quote of column ${cells.length}` };
    at++;
  }
}
