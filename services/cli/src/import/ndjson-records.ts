import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { SourceRecord } from './source-record.ts';

/** Far beyond any event; a file without line breaks must not fill the memory. */
const LINE_MAX = 16 * 1024 * 1024;

/** One JSON value a line. Empty lines count as lines and are nothing. */
export async function* ndjsonRecords(bytes: Readable): AsyncGenerator<SourceRecord> {
  let line = 0;
  for await (const text of lines(bytes)) {
    line++;
    yield recordOf(line === 1 ? text.replace(/^\uFEFF/, '') : text, line);
  }
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

/** The lines of a stream without their ends; of one that is too long only the beginning is kept, just long enough to tell. */
async function* lines(bytes: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytes) {
    const text = decoder.write(chunk as Buffer);
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end === -1) break;
      const piece = rest + text.slice(start, end);
      rest = '';
      yield piece.endsWith('\r') ? piece.slice(0, -1) : piece;
      start = end + 1;
    }
    if (rest.length <= LINE_MAX) rest += text.slice(start);
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
