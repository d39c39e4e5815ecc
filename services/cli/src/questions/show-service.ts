import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable } from '../terminal/fitted-table.ts';
import { span } from '../terminal/span.ts';
import { decimal, style, table, whole } from '../terminal/style.ts';
import { differenceWords, percent, rateWords, splitWords } from './words.ts';

const red = (count: number) => (count === 0 ? '0' : style.red(whole(count)));

export function showPromises(
  { rows }: Answer<typeof endpoints.getPromisesReport>,
  by: readonly string[],
  width?: number,
): string {
  const cells = rows.map((row) => [
    splitWords(row, by),
    whole(row.made),
    whole(row.open),
    whole(row.kept),
    whole(row.keptLate),
    red(row.broken),
    whole(row.withdrawn),
    rateWords(row.keeping),
    span(row.medianLateMs),
  ]);
  const header = ['of', '>due', '>open', '>kept', '>late', '>broken', '>withdrawn', '>kept in time (95 %)', '>late by'];
  return fittedTable(header, cells, width);
}

export function showComplaints(
  { rows }: Answer<typeof endpoints.getComplaintsReport>,
  by: readonly string[],
  width?: number,
): string {
  const cells = rows.map((row) => [
    splitWords(row, by),
    whole(row.raised),
    red(row.open),
    span(row.medianMsToAnswer),
    percent(row.answeredWithin.rate),
    percent(row.firstContact.rate),
    percent(row.followedUp.rate),
    rateWords(row.satisfied),
  ]);
  const header = ['of', '>raised', '>open', '>answer', '>in time', '>at once', '>followed up', '>satisfied (95 %)'];
  return fittedTable(header, cells, width);
}

export function showRecovery({ cases, recovered, next, boughtAgain }: Answer<typeof endpoints.getRecovery>): string {
  const inPoints = (each: { difference: number | null; low: number | null; high: number | null }) =>
    differenceWords({
      difference: times100(each.difference),
      low: times100(each.low),
      high: times100(each.high),
    });
  const score = ({ n, mean }: { readonly n: number; readonly mean: number | null }) =>
    `${decimal(mean)} of ${whole(n)}`;
  const rows = [
    ['next score', score(next.recovered), score(next.not), differenceWords(next)],
    ['  within touchpoints', '', '', differenceWords(next.stratified)],
    ['bought again in 90 days, %', rateWords(boughtAgain.recovered), rateWords(boughtAgain.not), inPoints(boughtAgain)],
  ];
  const told = `${whole(cases)} journeys failed, a week ago or earlier; ${whole(recovered)} of them were recovered within a week`;
  return `${told}\n\n${table(['what came after that week', '>recovered', '>not', '>difference (95 %)'], rows)}`;
}

const times100 = (value: number | null) => (value === null ? null : 100 * value);
