import type { Answer, endpoints, ShownNode } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { bar, colourOfScore, decimal, moment, plain, style, whole } from '../terminal/style.ts';
import { groupWords, percent } from './words.ts';

const BAR = 16;

/** The tree of an index, a line for each node; once for each value and bucket. */
export function showIndex({ rows }: Answer<typeof endpoints.askIndex>, width?: number): string {
  return rows
    .map(({ value, bucket, isOpen, tree }) => {
      const title = [
        ...(value === undefined ? [] : [plain(groupWords(value))]),
        ...(bucket === undefined ? [] : [`${moment(bucket).slice(0, 10)}${isOpen ? ' …' : ''}`]),
      ].join(' · ');
      const header = ['measure', '>weight', '>value (95 %)', '', 'level', '>n'];
      const shown = fittedTable(header, linesOf(tree as ShownNode, 0), width);
      return title === '' ? shown : `${style.bold(title)}\n${shown}`;
    })
    .join('\n\n');
}

function linesOf(node: ShownNode, depth: number): string[][] {
  const { id, title, weight, value, low, high, level } = node;
  const interval = low === null ? '' : ` (${decimal(low)}–${decimal(high)})`;
  const own = [
    `${'  '.repeat(depth)}${title ?? id}`,
    weight === undefined ? '' : String(weight),
    `${decimal(value)}${interval}`,
    colourOfScore(value)(bar(value ?? 0, 100, BAR)),
    level ?? '–',
    'children' in node ? style.dim(`${percent(node.covered)} covered`) : whole(node.n),
  ];
  return [own, ...('children' in node ? node.children.flatMap((child) => linesOf(child, depth + 1)) : [])];
}
