import { readText, type TextFault, type TextOptions } from './read-text.ts';

/** One line with its end: LF, CR LF, CR, or none at the end of the file. */
export interface Line {
  readonly text: string;
  readonly fault?: TextFault | undefined;
}

export type LineOptions = Omit<TextOptions, 'pieces' | 'isXml'>;

/**
 * The lines of a text file, yielded per chunk, because awaiting each line takes longer than reading
 * it. Undecodable bytes cost only their own line.
 */
export async function* readLines(bytes: AsyncIterable<Buffer>, options: LineOptions): AsyncGenerator<readonly Line[]> {
  for await (const { text, fault } of readText(bytes, { ...options, pieces: 'lines' })) {
    yield fault === undefined ? linesOf(text) : [{ text, fault }];
  }
}

function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  let feed = -1;
  let back = -1;
  for (let at = 0; at < text.length; ) {
    if (feed < at && feed !== Infinity) feed = indexOf(text, '\n', at);
    if (back < at && back !== Infinity) back = indexOf(text, '\r', at);
    const end = Math.min(feed, back === feed - 1 ? feed : back, text.length - 1) + 1;
    lines.push({ text: text.slice(at, end) });
    at = end;
  }
  return lines;
}

function indexOf(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  return found === -1 ? Infinity : found;
}

export function withoutEnd(line: string): string {
  if (line.endsWith('\r\n')) return line.slice(0, -2);
  return line.endsWith('\n') || line.endsWith('\r') ? line.slice(0, -1) : line;
}
