import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { style, whole } from '../terminal/style.ts';
import { signed } from './words.ts';

type Gaps = Answer<typeof endpoints.getGaps>;
type Gap = Gaps['rows'][number]['gaps']['knowledge'];

/** The five gaps at each touchpoint; red are shortfalls that are hardly chance. */
export function showGaps({ rows }: Gaps, width?: number): string {
  if (rows.length === 0) return style.dim('The type has no definition with touchpoints.');
  const cells = rows.map(({ touchpoint, gaps: { knowledge, policy, delivery, communication, service } }) => [
    touchpoint,
    gapWords(knowledge),
    policy.gap === null ? '–' : signed(policy.gap, 2),
    gapWords(delivery),
    gapWords(communication),
    gapWords(service),
  ]);
  const header = ['touchpoint', '>1 knowledge', '>2 policy', '>3 delivery', '>4 promises', '>5 service'];
  const reading = style.dim('positive: a shortfall on 1..5; behind each gap, of how many');
  return `${fittedTable(header, cells, width)}\n\n${reading}`;
}

function gapWords({ gap, n, low, high }: Gap): string {
  if (gap === null) return '–';
  const words = `${signed(gap, 2)} (${whole(n)})`;
  if (low === null || high === null || (low <= 0 && high >= 0)) return style.dim(words);
  return low > 0 ? style.red(words) : style.green(words);
}
