import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, decimal, style, whole } from '../terminal/style.ts';

const BAR = 10;

/** Where journeys go, for a terminal: the nodes, then the `edges` that most go along. */
export function showPaths(
  { cases, nodes, edges }: Answer<typeof endpoints.askPaths>,
  shown: number,
  width?: number,
): string {
  const most = edges[0]?.count ?? 0;
  const nodeRows = nodes.map(({ label, journeys, count, failures, meanScore }) => [
    label,
    whole(journeys),
    whole(count),
    failures === 0 ? '0' : style.red(whole(failures)),
    decimal(meanScore),
  ]);
  const edgeRows = edges
    .slice(0, shown)
    .map(({ from, to, count, journeys, medianMs }) => [
      `${from} → ${to}`,
      whole(count),
      style.blue(bar(count, most, BAR)),
      whole(journeys),
      span(medianMs),
    ]);
  const more = edges.length - edgeRows.length;
  return [
    `${whole(cases)} journeys with a moment`,
    fittedTable(['at', '>journeys', '>moments', '>failures', '>score'], nodeRows, width),
    fittedTable(['from → to', '>times', '', '>journeys', '>median'], edgeRows, width),
    ...(more > 0 ? [style.dim(`and ${whole(more)} more ways (--ways N)`)] : []),
  ].join('\n\n');
}
