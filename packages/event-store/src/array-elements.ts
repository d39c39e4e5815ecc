/** The texts of the elements of a JSON array, exactly as they were sent. `text` must be known to be a JSON array. */
export function arrayElements(text: string): readonly string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = text.indexOf('['); i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // A string is stepped over: what stands in it means nothing here.
        i = endOfString(text, i);
        break;
      case 0x5b:
      case 0x7b:
        if (++depth === 1) start = i + 1;
        break;
      case 0x5d:
      case 0x7d:
        if (--depth === 0) {
          const last = text.slice(start, i).trim();
          if (last !== '') elements.push(last);
          return elements;
        }
        break;
      case 0x2c:
        if (depth === 1) {
          elements.push(text.slice(start, i).trim());
          start = i + 1;
        }
        break;
    }
  }
  return elements;
}

/** Index of the quote that ends the string which begins at `quote`. */
export function endOfString(text: string, quote: number): number {
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
