import { endOfString } from '@touchstone/event-store';

/** Members of all objects in a text that is known to be JSON; a name that stands twice in one object counts twice. */
export function memberCount(json: string): number {
  let count = 0;
  for (let quote = json.indexOf('"'); quote !== -1; ) {
    const end = endOfString(json, quote);
    let after = end + 1;
    // Blanks: space, tab, line feed, carriage return.
    while (json.charCodeAt(after) <= 0x20) after++;
    if (json.charCodeAt(after) === 0x3a) count++;
    quote = json.indexOf('"', after);
  }
  return count;
}
