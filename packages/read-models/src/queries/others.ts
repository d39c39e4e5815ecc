/** The name under which an answer sums up all unlisted names. */
export const OTHER = '(other)';

const OURS = /^(\(+)(?:start|end|open|other)(\)+)$/;

const isOurs = (name: string) => {
  const parts = OURS.exec(name);
  return parts !== null && parts[1]!.length === parts[2]!.length;
};

/**
 * The name as answers show it: a name that looks like one of our words, e.g. `(other)`, gets
 * another pair of parentheses.
 */
export function shownName(name: string): string {
  return name.startsWith('(') && isOurs(name) ? `(${name})` : name;
}

/**
 * The inverse of {@link shownName}; null for one of our words, because no name is shown like that.
 */
export function nameShownAs(text: string): string | null {
  if (!text.startsWith('(') || !isOurs(text)) return text;
  return text.startsWith('((') ? text.slice(1, -1) : null;
}
