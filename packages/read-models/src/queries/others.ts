/** What stands for all names beyond those that an answer lists. */
export const OTHER = '(other)';

const OURS = /^(\(+)(?:start|end|open|other)(\)+)$/;

const isOurs = (name: string) => {
  const parts = OURS.exec(name);
  return parts !== null && parts[1]!.length === parts[2]!.length;
};

/** A name as answers show it: one that reads like a word of ours, e.g. `(other)`, stands in a pair of parentheses more. */
export function shownName(name: string): string {
  return name.startsWith('(') && isOurs(name) ? `(${name})` : name;
}

/** The name that {@link shownName} shows so; null for a word of ours, which nothing is named. */
export function nameShownAs(text: string): string | null {
  if (!text.startsWith('(') || !isOurs(text)) return text;
  return text.startsWith('((') ? text.slice(1, -1) : null;
}
