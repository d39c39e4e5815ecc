import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { decimal, moment, style, whole } from '../terminal/style.ts';
import { groupWords, meanWords, rateWords } from './words.ts';

type Feedback = Answer<typeof endpoints.getFeedback>;
type Row = Feedback['rows'][number];

/** Feedback for a terminal: a row for each instrument, group and bucket. */
export function showFeedback({ rows }: Feedback, by: readonly string[], width?: number): string {
  if (rows.length === 0) return style.dim('No feedback.');
  const hasBuckets = rows.some(({ bucket }) => bucket !== null);
  const cells = rows.map((row) => [
    [row.instrument, ...by.map((name) => groupWords(String(row[name] ?? '')))].join(' · '),
    ...(hasBuckets ? [`${moment(row.bucket)}${row.isOpen ? ' …' : ''}`] : []),
    whole(row.n),
    meanWords(row),
    ...headlineOf(row),
  ]);
  const header = ['of', ...(hasBuckets ? ['from'] : []), '>answers', '>mean (95 %)', '', '>(95 %)'];
  return fittedTable(header, cells, width);
}

/** The figure that the instrument is known by. */
function headlineOf(row: Row): readonly [string, string] {
  if (row.satisfied !== undefined) return ['satisfied', rateWords(row.satisfied)];
  if (row.easy !== undefined) return ['easy', rateWords(row.easy)];
  const { nps = null, npsLow = null, npsHigh = null } = row;
  if (nps === null) return ['NPS', '–'];
  return ['NPS', `${decimal(nps, 0)} (${decimal(npsLow, 0)} to ${decimal(npsHigh, 0)})`];
}
