/** A byte order mark says nothing in UTF-8 and is no JSON: it is taken, in every way in, and left out. */
export function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/**
 * What the parser says, without the text that it quotes: that may be anything, a customer's address among it. `offset`: characters before the text that
 * was parsed.
 */
export function parseMessage(error?: unknown, offset = 0): string {
  const position = / at position (\d+)/.exec((error as Error | undefined)?.message ?? '')?.[1];
  if (position === undefined) return 'is not JSON: it ends too early or holds something else';
  return `is not JSON: unexpected character at position ${offset + Number(position)}`;
}
