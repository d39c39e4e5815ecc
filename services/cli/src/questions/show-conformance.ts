import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, decimal, style, whole } from '../terminal/style.ts';
import { rateWords } from './words.ts';

const BAR = 8;

/** How far journeys keep to their steps, for a terminal: the share, then what deviates. */
export function showConformance(
  { cases, open, conforming, deviations }: Answer<typeof endpoints.askConformance>,
  width?: number,
): string {
  const most = deviations[0]?.share ?? 0;
  const rows = deviations.map((each) => [
    `${each.kind} ${each.touchpoint}`,
    whole(each.cases),
    style.blue(bar(each.share, most, BAR)),
    `${span(each.with.medianMs)} / ${span(each.without.medianMs)}`,
    effectWords(each.effect),
  ]);
  const header = ['deviation', '>journeys', '', '>median with / without', '>score'];
  const left = open === 0 ? '' : style.dim(`; ${whole(open)} open ones are left out`);
  return [
    `${rateWords(conforming)} of ${whole(cases)} journeys keep to their steps${left}`,
    ...(rows.length === 0 ? [] : [fittedTable(header, rows, width)]),
  ].join('\n\n');
}

/** `-3.1 (-4.0–-2.2)`; dim where the interval holds 0, because it may be chance. */
function effectWords({
  difference,
  low,
  high,
}: {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
}): string {
  if (difference === null) return '–';
  const sign = (value: number) => `${value > 0 ? '+' : ''}${decimal(value)}`;
  if (low === null || high === null) return style.dim(sign(difference));
  const words = `${sign(difference)} (${sign(low)} to ${sign(high)})`;
  return low <= 0 && high >= 0 ? style.dim(words) : words;
}
