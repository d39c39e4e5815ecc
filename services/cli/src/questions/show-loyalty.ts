import type { Answer, endpoints } from '@touchstone/api';
import { fittedTable, terminalWidth } from '../terminal/fitted-table.ts';
import { bar, decimal, moment, style, table, whole } from '../terminal/style.ts';
import { percent, rateWords } from './words.ts';

const BAR = 24;

type Counts = Readonly<Record<'none' | 'cognitive' | 'affective' | 'behavioural', number>>;

/** A bar of all customers, lightest for those without trust. */
function stagesBar({ none, cognitive, affective, behavioural }: Counts, most: number): string {
  const cells = (count: number) => Math.round((count / (most || 1)) * BAR);
  return `${'█'.repeat(cells(behavioural))}${'▓'.repeat(cells(affective))}${'▒'.repeat(cells(cognitive))}${'░'.repeat(cells(none))}`;
}

const sumOf = ({ none, cognitive, affective, behavioural }: Counts) => none + cognitive + affective + behavioural;

export function showStages({ buckets }: Answer<typeof endpoints.getStages>, width?: number): string {
  if (buckets.length === 0) return style.dim('No customers.');
  const most = Math.max(...buckets.map(sumOf));
  const rows = buckets.map((bucket) => [
    `${moment(bucket.start).slice(0, 10)}${bucket.isOpen ? ' …' : ''}`,
    whole(bucket.none),
    whole(bucket.cognitive),
    whole(bucket.affective),
    whole(bucket.behavioural),
    style.blue(stagesBar(bucket, most)),
  ]);
  const header = ['from', '>none ░', '>cognitive ▒', '>affective ▓', '>behavioural █', ''];
  return fittedTable(header, rows, width);
}

export function showTransitions({ rows }: Answer<typeof endpoints.getTransitions>, width?: number): string {
  if (rows.length === 0) return style.dim('Nobody moved.');
  const most = Math.max(...rows.map(({ changes }) => changes));
  const isSplit = rows[0]?.bucket !== undefined;
  const cells = rows.map(({ bucket, from, to, because, changes, customers }) => [
    ...(bucket === undefined ? [] : [moment(bucket).slice(0, 10)]),
    `${from} → ${to}`,
    because,
    whole(changes),
    style.blue(bar(changes, most, isSplit ? BAR / 2 : BAR)),
    whole(customers),
  ]);
  return fittedTable([...(isSplit ? ['in'] : []), 'from → to', 'because', '>times', '', '>customers'], cells, width);
}

export function showTimeInStage({ stages }: Answer<typeof endpoints.getTimeInStage>, width?: number): string {
  const days = stages[0]?.survival.map((each) => each.days) ?? [];
  const rows = stages.map(({ stage, n, ended, medianDays, survival }) => [
    stage,
    whole(n),
    whole(ended),
    medianDays === null ? '–' : `${decimal(medianDays, 0)} d`,
    ...survival.map(({ share }) => percent(share)),
  ]);
  const header = ['stage', '>stays', '>over', '>half stay', ...days.map((each) => `>${each} d later`)];
  return fittedTable(header, rows, width);
}

/** Width of one period's share, and of what stands before them. */
const PERIOD = 6;
const COHORT = 20;

export function showRetention(
  { cohorts }: Answer<typeof endpoints.getRetention>,
  width: number = terminalWidth(),
): string {
  if (cohorts.length === 0) return style.dim('No customers.');
  const periods = Math.max(...cohorts.map((cohort) => cohort.periods.length));
  const shown = Math.min(periods, Math.max(1, Math.floor((width - COHORT) / PERIOD)));
  const rows = cohorts.map((cohort) => [
    moment(cohort.start).slice(0, 10),
    whole(cohort.size),
    ...Array.from({ length: shown }, (_, k) => {
      const period = cohort.periods[k];
      if (period === undefined) return '';
      return period.isOpen ? style.dim(percent(period.share)) : percent(period.share);
    }),
  ]);
  const header = ['came in', '>n', ...Array.from({ length: shown }, (_, k) => `>+${k}`)];
  const more = shown < periods ? [style.dim(`and ${periods - shown} more periods (--json has all)`)] : [];
  return [table(header, rows), ...more].join('\n');
}

export function showTiers(
  { currency, from, to, total, tiers }: Answer<typeof endpoints.getTiers>,
  width?: number,
): string {
  if (currency === null) return style.dim('Nobody bought anything.');
  const rows = tiers.map((each) => [
    each.tier,
    `${whole(each.customers)} (${percent(each.share)})`,
    `${whole(Math.round(each.amount))} (${percent(each.amountShare)})`,
    style.blue(bar(each.amountShare ?? 0, 1, BAR)),
    decimal(each.meanSatisfaction),
    each.atRisk === 0 ? '0' : style.red(whole(each.atRisk)),
  ]);
  const header = ['tier', '>customers', '>amount', '', '>satisfaction', '>at risk'];
  const title = `${whole(Math.round(total))} ${currency} from ${moment(from).slice(0, 10)} to ${moment(to).slice(0, 10)}`;
  return `${title}\n\n${fittedTable(header, rows, width)}`;
}

export function showTierCustomers({ items }: Answer<typeof endpoints.listTierCustomers>, width?: number): string {
  if (items.length === 0) return style.dim('Nobody.');
  const rows = items.map(({ customerId, amount, stage, satisfaction }) => [
    customerId,
    decimal(amount, 2),
    stage,
    decimal(satisfaction),
  ]);
  return fittedTable(['customer', '>amount', 'stage', '>satisfaction'], rows, width);
}

export function showSilent({ items }: Answer<typeof endpoints.listSilentCustomers>, width?: number): string {
  if (items.length === 0) return style.dim('Nobody.');
  const rows = items.map(({ customerId, satisfaction }) => [customerId, decimal(satisfaction)]);
  return fittedTable(['customer', '>satisfaction'], rows, width);
}

export function showLeavers({ customers, satisfied }: Answer<typeof endpoints.getLeavers>): string {
  if (customers === 0) return style.dim('Nobody left.');
  return `${whole(customers)} customers left; ${rateWords(satisfied)} of them were satisfied just before`;
}
