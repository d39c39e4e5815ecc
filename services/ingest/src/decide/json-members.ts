/**
 * Counts the members of all objects in a valid JSON text; a name that occurs twice in one object
 * counts twice.
 */
export function memberCount(json: string): number {
  let count = 0;
  for (let quote = json.indexOf('"'); quote !== -1; ) {
    const end = endOfString(json, quote);
    let after = end + 1;
    // Skips white space: space, tab, line feed, carriage return.
    while (json.charCodeAt(after) <= 0x20) after++;
    if (json.charCodeAt(after) === 0x3a) count++;
    quote = json.indexOf('"', after);
  }
  return count;
}

/** Index of the closing quote of the string that begins at `quote`. */
function endOfString(text: string, quote: number): number {
  let end = quote;
  do end = text.indexOf('"', end + 1);
  while (end !== -1 && isEscaped(text, end));
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++;
  return backslashes % 2 === 1;
}
