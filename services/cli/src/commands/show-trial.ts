import type { Trial } from '@touchstone/api';
import { shortTypeOf } from '@touchstone/journey';
import { colourOfScore, decimal, moment, plain, style, table, whole } from '../terminal/style.ts';
import { showComparison } from './show-comparison.ts';
import { verdictWords } from './words.ts';

type Report = NonNullable<Trial['report']>;

/**
 * The report of a trial for a terminal: what is tried, its overall effect, and who changes and why.
 */
export function showTrial(report: Report): string {
  return [
    triedOf(report),
    showComparison(report.comparison),
    matrix('Customers by trust stage', STAGES, report.stages, ({ customers }) => customers),
    report.comparison.customers.loyaltyChanged === 0
      ? ''
      : matrix('Customers by loyalty', LOYALTY, report.loyalty, ({ customers }) => customers),
    matrix('Journeys by level', LEVELS, report.levels, ({ journeys }) => journeys),
    typesOf(report),
    customersOf(report),
    journeysOf(report),
    faultsOf(report),
    style.dim('Nothing was changed. `pnpm touchstone rebuild --definitions …` brings definitions into force.'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function triedOf({ changes: { definitions, policy } }: Report): string {
  const lines = policy.map(({ path, before, after }) => `policy ${path}: ${before} → ${after}`);
  if (definitions.length > 0) lines.unshift(`defined otherwise: ${definitions.map(plain).join(', ')}`);
  if (lines.length === 0) lines.push('nothing that differs from what is in force');
  return `${style.bold('Tried')}\n${lines.join('\n')}`;
}

const STAGES = ['none', 'cognitive', 'affective', 'behavioural'];
const LOYALTY = ['true', 'latent', 'spurious', 'none'];
const LEVELS = [
  'very-satisfied',
  'satisfied',
  'fairly-satisfied',
  'neutral',
  'slightly-dissatisfied',
  'dissatisfied',
  'very-dissatisfied',
  null,
];

/** Rows are before, columns after; customers who stay are on the diagonal. */
function matrix<Pair extends { readonly before: string | null; readonly after: string | null }>(
  title: string,
  values: readonly (string | null)[],
  pairs: readonly Pair[],
  count: (pair: Pair) => number,
): string {
  const used = values.filter((value) => pairs.some(({ before, after }) => before === value || after === value));
  if (used.length === 0) return '';
  const name = (value: string | null) => value ?? 'no score';
  const rows = used.map((before) => [
    name(before),
    ...used.map((after) => {
      const pair = pairs.find((each) => each.before === before && each.after === after);
      if (pair === undefined) return style.dim('·');
      return before === after ? whole(count(pair)) : style.yellow(whole(count(pair)));
    }),
  ]);
  return `${style.bold(title)}\n${table(['before ↓  after →', ...used.map((value) => `>${name(value)}`)], rows)}`;
}

function typesOf({ types }: Report): string {
  if (types.length === 0) return '';
  const rows = types.map((type) => [
    plain(type.type),
    whole(type.journeys),
    whole(type.scoreChanged),
    decimal(type.meanScoreBefore, 2),
    decimal(type.meanScoreAfter, 2),
    signed(type.meanScoreChange),
  ]);
  const header = ['journey type', '>journeys', '>change', '>mean before', '>mean after', '>by'];
  return `${style.bold('Journey types')}\n${table(header, rows)}`;
}

function customersOf({ customers }: Report): string {
  if (customers.length === 0) return style.dim('No customer changes stage, satisfaction or loyalty.');
  const rows = customers.map((customer) => [
    plain(customer.id),
    customer.stageBefore === customer.stageAfter
      ? customer.stageAfter
      : style.yellow(`${customer.stageBefore} → ${customer.stageAfter}`),
    decimal(customer.satisfactionBefore),
    colourOfScore(customer.satisfactionAfter)(decimal(customer.satisfactionAfter)),
    whyCustomer(customer) + loyaltyOf(customer),
  ]);
  const header = ['customer', 'stage', '>S before', '>after', 'why'];
  return `${style.bold('Customers that change most')}\n${table(header, rows)}`;
}

function loyaltyOf({ loyaltyBefore, loyaltyAfter }: Report['customers'][number]): string {
  return loyaltyBefore === loyaltyAfter ? '' : `; loyalty ${loyaltyBefore} → ${loyaltyAfter}`;
}

/** Digits needed so that a value below its requirement does not round up to it. */
function digitsFor(have: number | null, need: number): number {
  if (have === null || (Number.isInteger(have) && Number.isInteger(need))) return Number.isInteger(need) ? 0 : 1;
  return decimal(have) === decimal(need) ? 4 : 1;
}

const SIGNS: Readonly<Record<string, string>> = { 'at-least': '≥', 'at-most': '≤', below: '<' };

function whyCustomer({ why }: Report['customers'][number]): string {
  if (why === null) return style.dim('the same moves');
  const { event, before, after, missing } = why;
  const cause = event === null ? 'by time alone' : `with ${plain(event.touchpoint ?? shortTypeOf(event.type))}`;
  const told = (side: string, move: typeof before) =>
    move === null ? `${side} no move` : `${side} ${move.from} → ${move.to} (${plain(move.because)})`;
  const needs = (missing?.requirements ?? []).map(({ requirement, have, need, comparison }) => {
    const digits = digitsFor(have, need);
    return `${plain(requirement)} ${decimal(have, digits)} must be ${SIGNS[comparison] ?? ''} ${decimal(need, digits)}`;
  });
  const lacking =
    missing === null || needs.length === 0 ? '' : `; ${missing.side}, for ${missing.stage}: ${needs.join(', ')}`;
  return `${moment(why.at)} ${cause}: ${told('before', before)}, ${told('after', after)}${lacking}`;
}

function journeysOf({ journeys }: Report): string {
  if (journeys.length === 0) return style.dim('No journey changes score or status.');
  const rows = journeys.map((journey) => [
    plain(journey.id),
    plain(journey.type),
    plain(journey.customerId),
    decimal(journey.scoreBefore),
    colourOfScore(journey.scoreAfter)(decimal(journey.scoreAfter)),
    journey.statusBefore === journey.statusAfter
      ? journey.statusAfter
      : style.yellow(`${journey.statusBefore} → ${journey.statusAfter}`),
    whyJourney(journey),
  ]);
  const header = ['journey', 'type', 'customer', '>before', '>after', 'status', 'why (points)'];
  return `${style.bold('Journeys that change most')}\n${table(header, rows)}`;
}

const REASONS_SHOWN = 3;

function whyJourney({ why: { moments, moreMoments, adjustments, limits } }: Report['journeys'][number]): string {
  const reasons = moments
    .filter(({ points }) => Math.abs(points) >= 0.05)
    .map(({ touchpoint, before, after, points }) => {
      const verdict =
        before.verdict === after.verdict ? '' : ` ${verdictWords(before.verdict)} → ${verdictWords(after.verdict)}`;
      const weight = before.weight === after.weight ? '' : ` weight ${before.weight} → ${after.weight}`;
      return `${plain(touchpoint ?? 'feedback')} ${signed(points)}${verdict}${weight}`;
    });
  const shown = reasons.slice(0, REASONS_SHOWN);
  const more = reasons.length - shown.length + moreMoments;
  if (more > 0) shown.push(`${more} more`);
  for (const { kind, points } of adjustments) shown.push(`${plain(kind)} ${signed(points)}`);
  if (limits.capBefore !== limits.capAfter) {
    shown.push(
      limits.capAfter === null ? `no veto ${signed(limits.points)}` : style.red(`veto ${signed(limits.points)}`),
    );
  } else if (Math.abs(limits.points) >= 0.05) {
    shown.push(`limits ${signed(limits.points)}`);
  }
  return shown.join(', ');
}

function faultsOf({ faults }: Report): string {
  if (faults.length === 0) return '';
  return [style.red('The report does not hold what it must:'), ...faults.map((fault) => `  ${plain(fault)}`)].join(
    '\n',
  );
}

function signed(value: number | null): string {
  if (value === null) return decimal(value);
  return value > 0 ? `+${decimal(value, 2)}` : decimal(value, 2);
}
