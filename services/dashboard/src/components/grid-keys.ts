import type { KeyboardEvent } from 'react';

const STEPS: Readonly<Record<string, readonly [row: number, column: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/**
 * Arrows go from cell to cell of a table whose cells are links, so that Tab passes the table in one
 * step.
 */
export function onGridKey(event: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key];
  const cell = (event.target as HTMLElement).closest('td');
  if (step === undefined || cell === null) return;
  const rows = [...event.currentTarget.querySelectorAll('tbody tr')];
  const row = rows.findIndex((each) => each.contains(cell));
  const linkAt = (r: number, c: number): HTMLElement | null =>
    (rows[r] as HTMLTableRowElement | undefined)?.cells[c]?.querySelector('a') ?? null;
  let [r, c] = [row + step[0], cell.cellIndex + step[1]];
  const columns = (rows[row] as HTMLTableRowElement).cells.length;
  while (r >= 0 && r < rows.length && c >= 0 && c < columns) {
    const link = linkAt(r, c);
    if (link !== null) {
      event.preventDefault();
      link.focus();
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      return;
    }
    r += step[0];
    c += step[1];
  }
}
