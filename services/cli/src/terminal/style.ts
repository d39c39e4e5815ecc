/** Colours only in a terminal, unless NO_COLOR is set. */
const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR;

const paint = (code: number) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const style = {
  bold: paint(1),
  dim: paint(2),
  red: paint(31),
  green: paint(32),
  yellow: paint(33),
  blue: paint(34),
};

/** Colour of the rating that a score belongs to. */
export function colourOfScore(score: number | null): (text: string) => string {
  if (score === null) return style.dim;
  return score > 70 ? style.green : score >= 60 ? style.yellow : style.red;
}

/** A bar such as `▇▇▇▇▌` for a value between 0 and `most`. */
export function bar(value: number, most: number, width: number): string {
  const eighths = Math.round((Math.max(0, Math.min(value, most)) / (most || 1)) * width * 8);
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
  return '█'.repeat(Math.floor(eighths / 8)) + rest;
}

/** Aligned columns; a header that starts with `>` aligns its column to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = header.map((name) => name.startsWith('>'));
  const names = header.map((name) => name.replace(/^>/, ''));
  const widths = names.map((name, i) => Math.max(name.length, ...rows.map((row) => visible(row[i] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const space = ' '.repeat(Math.max(0, widths[i]! - visible(cell)));
        return right[i] ? space + cell : cell + space;
      })
      .join('  ')
      .trimEnd();
  return [style.dim(line(names)), ...rows.map(line)].join('\n');
}

/** Number of visible characters, without colour codes. */
function visible(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour.
  return Array.from(text.replace(/\u001b\[\d+m/g, '')).length;
}

/**
 * Replaces control characters in a name that other people chose, so that it cannot move the cursor
 * or change colours.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '�');
}

export function decimal(value: number | null | undefined, digits = 1): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

export function whole(value: number): string {
  return value.toLocaleString('en-US');
}

/** Formatted as `2026-03-01 09:30`, UTC. */
export function moment(instant: string | null | undefined): string {
  return instant ? instant.slice(0, 16).replace('T', ' ') : '–';
}
