import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { bar, plain, style, table, whole } from '../terminal/style.ts';
import { groupWords } from './words.ts';

type Durations = Answer<typeof endpoints.askDurations>;
type Group = Durations['groups'][number];

const BAR = 30;

/** How long journeys take, for a terminal: a row for each group, and its histogram if asked for. */
export function showDurations({ groups }: Durations, width?: number): string {
  const rows = groups.map(({ value, cases, arrived, open, never, quantilesMs: { p50, p90 }, medianMsWithOpen }) => [
    value === null ? 'all' : groupWords(value),
    ...[cases, arrived, open, never].map(whole),
    span(p50),
    span(medianMsWithOpen),
    span(p90),
  ]);
  const header = ['group', '>begun', '>arrived', '>open', '>never', '>median', '>with open', '>9 of 10'];
  return [fittedTable(header, rows, width), ...groups.flatMap(histogramOf)].join('\n\n');
}

function histogramOf({ value, histogram }: Group): string[] {
  if (histogram === null) return [];
  const most = Math.max(...histogram.map(({ cases }) => cases));
  const rows = histogram.map(({ fromMs, toMs, cases }) => [
    toMs === null ? `${span(fromMs)} and more` : `${span(fromMs)} to ${span(toMs)}`,
    whole(cases),
    style.blue(bar(cases, most, BAR)),
  ]);
  const title = value === null ? '' : `${style.bold(plain(groupWords(value)))}\n`;
  return [title + table(['took', '>journeys', ''], rows)];
}
