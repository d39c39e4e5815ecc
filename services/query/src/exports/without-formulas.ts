const [QUOTE, COMMA, LINE_FEED, APOSTROPHE] = [0x22, 0x2c, 0x0a, 0x27] as const;
const STARTS_FORMULA = new Set(Array.from('=+-@\t\r', (character) => character.charCodeAt(0)));

/**
 * CSV in which no text begins a formula: an apostrophe goes in front of `= + - @`, a tab and a
 * carriage return. The engine quotes every text and no number.
 */
export function withoutFormulas(csv: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  let from = 0;
  let isQuoted = false;
  let isCellStart = true;
  for (let at = 0; at < csv.length; at++) {
    const byte = csv[at]!;
    if (byte === QUOTE) {
      isQuoted = !isQuoted;
      if (isCellStart && STARTS_FORMULA.has(csv[at + 1] ?? 0)) {
        parts.push(csv.subarray(from, at + 1), Buffer.of(APOSTROPHE));
        from = at + 1;
      }
    }
    isCellStart = !isQuoted && (byte === COMMA || byte === LINE_FEED);
  }
  parts.push(csv.subarray(from));
  return Buffer.concat(parts);
}
