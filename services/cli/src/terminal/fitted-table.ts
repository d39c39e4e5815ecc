import { plain, table } from './style.ts';

/** Columns of the terminal; 100 where the output is no terminal. */
export const terminalWidth = () => process.stdout.columns ?? 100;

/** Least width of a shortened cell. */
const LEAST = 12;

/**
 * A table whose first column holds names that other people chose: they are shortened until the
 * table fits `width` columns.
 */
export function fittedTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const safe = rows.map(([name = '', ...cells]) => [plain(name), ...cells]);
  const whole = table(header, safe);
  const over = Math.max(...whole.split('\n').map(lengthOf)) - width;
  if (over <= 0) return whole;
  const longest = Math.max(...safe.map(([name = '']) => lengthOf(name)));
  return table(
    header,
    safe.map(([name = '', ...cells]) => [shortened(name, Math.max(LEAST, longest - over)), ...cells]),
  );
}

/** The text, with its middle left out where it is longer: its end often tells names apart. */
export function shortened(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  const end = Math.floor((length - 1) / 3);
  return `${characters.slice(0, length - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour.
const lengthOf = (text: string) => Array.from(text.replace(/\u001b\[\d+m/g, '')).length;
