import { type Answer, type endpoints, raterDimensions } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { bar, decimal, plain, style, whole } from '../terminal/style.ts';
import { differenceWords, meanWords, percent, splitWords } from './words.ts';

/** Above this share of false findings a difference may be chance. */
const Q_MAX = 0.05;
const BAR = 12;

/** How the means of an outcome are written: scores, ratings of 1..5, or percent of yes. */
const scaleOf = (outcome: string) =>
  outcome === 'score'
    ? { factor: 1, digits: 1, unit: '' }
    : outcome === 'feedback'
      ? { factor: 1, digits: 2, unit: '' }
      : { factor: 100, digits: 1, unit: ' %' };

/** Shows what goes with an outcome: first what is hardly chance, then dim what may be. */
export function showDrivers(
  { cases, tests, items }: Answer<typeof endpoints.askDrivers>,
  outcome: string,
  width?: number,
): string {
  const { factor, digits, unit } = scaleOf(outcome);
  const scaled = (value: number | null) => (value === null ? null : factor * value);
  const rows = items.map((each) => {
    const words = [
      `${each.factor} ${each.value || '(none)'}${each.isPart ? ' *' : ''}`,
      `${decimal(scaled(each.with.mean), digits)} of ${whole(each.with.n)}`,
      `${decimal(scaled(each.without.mean), digits)} of ${whole(each.without.n)}`,
      differenceWords({ difference: scaled(each.difference), low: scaled(each.low), high: scaled(each.high) }, digits),
      decimal(each.q, 3),
    ];
    return each.q <= Q_MAX ? words : words.map((word, at) => (at === 0 || at === 3 ? word : style.dim(word)));
  });
  const header = ['factor', '>with', '>without', '>difference (95 %)', '>q'];
  return [
    `${outcome}${unit} of ${whole(cases)} journeys, ${whole(tests)} values tested`,
    ...(rows.length === 0 ? [] : [fittedTable(header, rows, width)]),
    ...(items.some(({ isPart }) => isPart) ? [style.dim('* is part of how the outcome is computed')] : []),
  ].join('\n\n');
}

export function showImportance({ rows }: Answer<typeof endpoints.askImportance>, width?: number): string {
  if (rows.length === 0) return style.dim('No journeys.');
  const cells = rows.map(({ touchpoint, performance, n, importance }) => [
    touchpoint,
    meanWords(performance),
    whole(n),
    decimal(importance, 2),
    style.blue(bar(importance ?? 0, 1, BAR)),
  ]);
  return fittedTable(['touchpoint', '>performance (95 %)', '>journeys', '>importance', ''], cells, width);
}

/** Five lines for each group: how each dimension is rated, and how much it weighs. */
export function showRater(
  { rows }: Answer<typeof endpoints.getQuality>,
  by: readonly string[],
  width?: number,
): string {
  return rows
    .map((row) => {
      const cells = raterDimensions.map((name) => [
        name,
        whole(row.ratings[name].n),
        meanWords(row.ratings[name]),
        percent(row.weights?.[name].share),
        style.blue(bar(row.weights?.[name].share ?? 0, 1, BAR)),
      ]);
      const explained =
        row.r2 === null ? 'weights need 50 moments' : `they explain ${percent(row.r2)} of what is perceived`;
      const title = `${style.bold(plain(splitWords(row, by)))}: ${whole(row.n)} moments with all five and a perception; ${explained}`;
      return `${title}\n${fittedTable(['dimension', '>ratings', '>mean (95 %)', '>weight', ''], cells, width)}`;
    })
    .join('\n\n');
}
