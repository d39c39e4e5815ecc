import type { Readable } from 'node:stream';
import { LINE_MAX, readLines, withoutReturn } from './read-lines.ts';
import type { SourceRecord } from './source-record.ts';

/** One JSON value a line. Empty lines count as lines and are nothing. */
export async function* ndjsonRecords(bytes: Readable): AsyncGenerator<SourceRecord> {
  let line = 0;
  for await (const text of readLines(bytes)) yield recordOf(withoutReturn(text), ++line);
}

function recordOf(text: string, line: number): SourceRecord {
  const fault = (reason: string): SourceRecord => ({
    events: [],
    faults: [{ line, reason, raw: text.slice(0, 10_000) }],
    skipped: 0,
    line,
  });
  if (text.length > LINE_MAX) return fault(`is longer than ${LINE_MAX} characters`);
  if (text.trim() === '') return { events: [], faults: [], skipped: 0, line };
  try {
    return { events: [JSON.parse(text)], faults: [], skipped: 0, line };
  } catch (error) {
    return fault(`is not JSON: ${(error as Error).message}`);
  }
}
