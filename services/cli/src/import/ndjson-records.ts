import type { Readable } from 'node:stream';
import { type Line, readLines, withoutEnd } from './read-lines.ts';
import type { SourceRecord } from './source-record.ts';

/** One JSON value a line. Empty lines count as lines and are nothing. */
export async function* ndjsonRecords(bytes: Readable, file: string): AsyncGenerator<SourceRecord> {
  let line = 0;
  for await (const lines of readLines(bytes, { file })) {
    for (const read of lines) yield recordOf(read, ++line);
  }
}

function recordOf(read: Line, line: number): SourceRecord {
  const text = withoutEnd(read.text);
  const fault = (reason: string): SourceRecord => ({
    events: [],
    faults: [{ line, reason, raw: text.slice(0, 10_000) }],
    skipped: 0,
    line,
  });
  if (read.fault !== undefined) return fault(read.fault.reason);
  if (text.trim() === '') return { events: [], faults: [], skipped: 0, line };
  try {
    return { events: [JSON.parse(text)], faults: [], skipped: 0, line };
  } catch (error) {
    return fault(`is not JSON: ${(error as Error).message}`);
  }
}
