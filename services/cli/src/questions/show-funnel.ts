import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, decimal, plain, style, whole } from '../terminal/style.ts';
import { groupWords, rateWords } from './words.ts';

const BAR = 10;

/** A funnel for a terminal: one row a step, one table a group. */
export function showFunnel({ groups }: Answer<typeof endpoints.askFunnel>, width?: number): string {
  return groups
    .map(({ value, steps }) => {
      const all = steps[0]?.journeys ?? 0;
      const rows = steps.map((step) => [
        step.touchpoint,
        whole(step.journeys),
        style.blue(bar(step.journeys, all, BAR)),
        whole(step.open),
        whole(step.dropped),
        rateWords(step.conversion),
        span(step.medianMsFromPrevious),
        decimal(step.meanScore),
      ]);
      const header = ['step', '>journeys', '', '>open', '>lost', '>go on (95 %)', '>after', '>score'];
      const title = value === null ? '' : `${style.bold(plain(groupWords(value)))}\n`;
      return title + fittedTable(header, rows, width);
    })
    .join('\n\n');
}
