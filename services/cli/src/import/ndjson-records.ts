import type { Readable } from 'node:stream';
import { withoutExported } from '@touchstone/event-store';
import { type Fault, plainEvent } from '@touchstone/journey';
import { type Line, readLines, withoutEnd } from './read-lines.ts';
import type { SourceRecord } from './source-record.ts';

/**
 * Reads one JSON object per line, the format of an export too. Empty lines count as records without
 * events.
 */
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fault(`is not JSON: ${(error as Error).message}`);
  }
  // The event is encoded again for sending, so the server could not notice a number that was
  // rounded in parsing; check it here.
  const plain = plainEvent(value, text.includes('\\u'));
  if ('faults' in plain) return fault(wordsOf(plain.faults));
  return { events: [withoutExported(value as object)], faults: [], skipped: 0, line };
}

function wordsOf(faults: readonly Fault[]): string {
  return faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
}
