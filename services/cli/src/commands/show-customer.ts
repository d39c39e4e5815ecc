import type { Customer, CustomerFromRows } from '@touchstone/api';
import { bar, colourOfScore, decimal, moment, plain, style, table } from '../terminal/style.ts';
import { noTitles, type Titles } from './titles.ts';
import { awayNote, notKeptWords } from './words.ts';

type Shown = Customer | CustomerFromRows;

const STAGES = ['none', 'cognitive', 'affective', 'behavioural'] as const;
const JOURNEYS_SHOWN = 20;

/**
 * A customer for a terminal: trust stage, requirements of the next stage, history, and journeys.
 */
export function showCustomer(customer: Shown, titles: Titles = noTitles): string {
  return [headOf(customer), awayNote(customer), nextOf(customer), historyOf(customer), journeysOf(customer, titles)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headOf(customer: Shown): string {
  const ladder = STAGES.map((stage) => (stage === customer.stage ? style.bold(`[${stage}]`) : style.dim(stage))).join(
    ' → ',
  );
  const since = customer.since === null ? '' : `  since ${moment(customer.since)}`;
  const paint = colourOfScore(customer.satisfaction);
  const lines = [
    style.bold(plain(customer.id)),
    `trust         ${ladder}${since}`,
    `satisfaction  ${paint(decimal(customer.satisfaction))} ${paint(bar(customer.satisfaction ?? 0, 100, 24))}`,
    `loyalty       ${customer.loyalty}; ${customer.purchases} purchases, ${customer.delights} delights, ${customer.satisfiedMoments} satisfied moments`,
  ];
  if (customer.quietlyLeaving)
    lines.push(style.yellow('quietly leaving: satisfied, but silent for longer than their own rhythm allows'));
  return lines.join('\n');
}

function nextOf(customer: Shown): string {
  if (customer.source === 'rows') return '';
  const { next } = customer;
  if (next === null) return style.green('This is the highest stage.');
  if (next.missing.length === 0) return `Nothing is missing for ${style.bold(next.stage)}: the next event decides.`;
  const rows = next.missing.map(({ requirement, have, need, comparison }) => [
    plain(requirement),
    decimal(have, Number.isInteger(have) ? 0 : 1),
    `${SIGNS[comparison] ?? ''} ${decimal(need, Number.isInteger(need) ? 0 : 1)}`.trim(),
  ]);
  return `${style.bold(`Missing for ${next.stage}`)}\n${table(['what', '>is', '>must be'], rows)}`;
}

const SIGNS: Readonly<Record<string, string>> = { 'at-least': '≥', 'at-most': '≤', below: '<' };

function historyOf({ history }: Shown): string {
  if (history.length === 0) return '';
  const rows = history.map(({ at, from, to, because, satisfaction }) => {
    const isRise = because === 'earned';
    const why = isRise ? style.green(because) : style.red(plain(because));
    return [moment(at), `${from} → ${to}`, decimal(satisfaction), why];
  });
  return `${style.bold('How trust went')}\n${table(['time (UTC)', 'stage', '>satisfaction', 'because'], rows)}`;
}

function journeysOf({ journeys }: Shown, titles: Titles): string {
  if (journeys.length === 0) return style.dim('No journeys.');
  const latest = [...journeys].sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
  const rows = latest
    .slice(0, JOURNEYS_SHOWN)
    .map(({ id, type, status, startedAt, score, level, brokenPromises, promisesKeptLate, openComplaints }) => [
      plain(id),
      titles.journey(type),
      status,
      moment(startedAt),
      colourOfScore(score)(decimal(score)),
      level ?? '',
      [
        brokenPromises > 0 ? notKeptWords(brokenPromises, promisesKeptLate) : '',
        openComplaints > 0 ? `${openComplaints} complaints` : '',
      ]
        .filter((text) => text !== '')
        .join(', '),
    ]);
  const more =
    journeys.length > JOURNEYS_SHOWN ? style.dim(`\n… and ${journeys.length - JOURNEYS_SHOWN} older ones`) : '';
  const header = ['journey', 'type', 'status', 'began (UTC)', '>score', 'level', 'trouble'];
  return `${style.bold('Journeys')}\n${table(header, rows)}${more}`;
}
