import type { Answer, endpoints } from '@touchstone/api';
import { shortened, terminalWidth } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, decimal, plain, style, table, whole } from '../terminal/style.ts';
import { percent } from './words.ts';

const BAR = 8;

/** The ways that journeys take, for a terminal: a line of figures, and below it the way. */
export function showVariants(
  { cases, variants, items }: Answer<typeof endpoints.askVariants>,
  width = terminalWidth(),
): string {
  const most = items[0]?.share ?? 0;
  const figures = items.map((item) => [
    whole(item.count),
    percent(item.share, 1),
    style.blue(bar(item.share, most, BAR)),
    span(item.medianMs),
    decimal(item.meanScore),
    item.failures === 0 ? '0' : style.red(whole(item.failures)),
    item.conforming === null ? '–' : `${whole(item.conforming)} of ${whole(item.ended)}`,
    item.variant ?? '–',
  ]);
  const header = ['>journeys', '>share', '', '>median', '>score', '>failing', '>conform', 'variant'];
  const [head = '', ...lines] = table(header, figures).split('\n');
  const ways = items.map(({ labels, length }) => {
    const more = length > labels.length ? ` … (${whole(length)} in all)` : '';
    return `  ${shortened(plain(labels.join(' → ')) + more, width - 2)}`;
  });
  const left = variants - items.length;
  return [
    `${whole(cases)} journeys with a moment, in ${whole(variants)} different ways`,
    '',
    head,
    ...lines.flatMap((line, at) => [line, style.dim(ways[at] ?? '')]),
    ...(left > 0 ? ['', style.dim(`and ${whole(left)} more (--limit N)`)] : []),
  ].join('\n');
}
