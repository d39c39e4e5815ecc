import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { bar, decimal, style, whole } from '../terminal/style.ts';

const BAR = 16;

/** Units by rank; those with too few values for one come last. */
export function showBenchmarks(
  { overall, spread, rows }: Answer<typeof endpoints.getBenchmarks>,
  width?: number,
): string {
  const cells = rows.map(({ unit, n, value, low, high, shrunken, rank, toBest }) => [
    unit,
    rank === null ? '–' : whole(rank),
    whole(n),
    low === null ? decimal(value) : `${decimal(value)} (${decimal(low)}–${decimal(high)})`,
    decimal(shrunken),
    style.blue(bar(shrunken ?? 0, 100, BAR)),
    toBest === null || toBest === 0 ? '–' : decimal(toBest),
  ]);
  const header = ['unit', '>rank', '>n', '>value (95 %)', '>shrunken', '', '>to the best'];
  const beyond =
    spread === null
      ? 'too few units of 30 values to rank them'
      : spread === 0
        ? 'they do not differ beyond chance'
        : `they differ by ${decimal(spread)} beyond chance`;
  const title = `${decimal(overall)} over all; ${beyond}`;
  return rows.length === 0 ? title : `${title}\n\n${fittedTable(header, cells, width)}`;
}
