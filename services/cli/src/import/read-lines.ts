import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Far beyond any row; a file without line breaks must not fill the memory. */
export const LINE_MAX = 16 * 1024 * 1024;

/**
 * The lines of a UTF-8 stream without their line feeds; a carriage return before one stays. Of a line longer than `LINE_MAX` only a
 * beginning comes, long enough to tell. A byte order mark is left out.
 */
export async function* readLines(bytes: Readable): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isFirst = true;
  for await (const chunk of bytes) {
    let text = decoder.write(chunk as Buffer);
    if (isFirst && text !== '') {
      text = text.replace(/^\uFEFF/, '');
      isFirst = false;
    }
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      if (end === -1) break;
      const line = rest + text.slice(start, end);
      rest = '';
      yield line;
      start = end + 1;
    }
    if (rest.length <= LINE_MAX) rest += text.slice(start);
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

export function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
