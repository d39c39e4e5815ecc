import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, style, whole } from '../terminal/style.ts';
import { differenceWords, rateWords } from './words.ts';

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
    differenceWords(each.effect),
  ]);
  const header = ['deviation', '>journeys', '', '>median with / without', '>score'];
  const left = open === 0 ? '' : style.dim(`; ${whole(open)} open ones are left out`);
  return [
    `${rateWords(conforming)} of ${whole(cases)} journeys keep to their steps${left}`,
    ...(rows.length === 0 ? [] : [fittedTable(header, rows, width)]),
  ].join('\n\n');
}
