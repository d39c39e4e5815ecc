import type { Answer, endpoints } from '@touchstone/api';
import { shortened, terminalWidth } from '../terminal/fitted-table.ts';
import { decimal, moment, plain, style, table, whole } from '../terminal/style.ts';

type Worklist = Answer<typeof endpoints.getWorklist>;

/** Longest name of a customer that is shown whole. */
const NAME = 24;

/** Shows who needs somebody today: a line for each customer, and below it the other reasons. */
export function showWorklist({ items, nextCursor, counts }: Worklist, width = terminalWidth()): string {
  const sums = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${reason} ${whole(count)}`);
  if (items.length === 0) return style.dim('Nobody needs anybody.');
  const rows = items.map(({ customerId, reasons: [first], value, stage, satisfaction }) => [
    shortened(plain(customerId), NAME),
    first!.reason,
    moment(first!.since).slice(0, 10),
    decimal(value, 0),
    stage,
    decimal(satisfaction),
  ]);
  const header = ['customer', 'most urgent', 'since', '>bought', 'stage', '>satisfaction'];
  const [head = '', ...lines] = table(header, rows).split('\n');
  const others = items.map(({ reasons: [, ...rest] }) =>
    rest.map(({ reason, since }) => `${reason} ${moment(since).slice(0, 10)}`).join(', '),
  );
  return [
    shortened(sums.join(', '), width),
    '',
    head,
    ...lines.flatMap((line, at) =>
      others[at] ? [line, style.dim(`  also ${shortened(others[at], width - 7)}`)] : [line],
    ),
    ...(nextCursor === null ? [] : ['', style.dim('and more (--limit N)')]),
  ].join('\n');
}
