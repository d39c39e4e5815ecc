/**
 * Removes a byte order mark, which has no meaning in UTF-8 and is no JSON. Every way in accepts
 * texts with one.
 */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * Describes a parser error without the text that the parser quotes, which may be personal data such
 * as a customer's address. `offset`: characters before the parsed text.
 */
export function parseMessage(error?: unknown, offset = 0): string {
  const position = / at position (\d+)/.exec((error as Error | undefined)?.message ?? '')?.[1];
  if (position === undefined) return 'is not JSON: it ends too early or holds something else';
  return `is not JSON: unexpected character at position ${offset + Number(position)}`;
}
