import type { Answer, endpoints } from '@touchstone/api';
import { decimal, moment, plain, style, table, whole } from '../terminal/style.ts';

const percent = (part: number | null) => (part === null ? '–' : `${(part * 100).toFixed(1)}%`);

export function showAlerts({ items, nextCursor }: Answer<typeof endpoints.listAlerts>): string {
  if (items.length === 0) return 'No alerts.';
  const rows = items.map(({ kind, name, severity, began, ended, because, acknowledged }) => [
    severity,
    kind,
    plain(name),
    moment(began),
    ended === null ? style.red('fires') : moment(ended),
    because.join(', '),
    acknowledged === null ? '' : plain(acknowledged.by),
  ]);
  const firing = items.filter(({ ended, failing }) => ended === null && failing !== null);
  const failing = firing.map(({ name, failing }) => `${plain(name)}: GET ${plain(failing!)}`);
  const alerts = table(['severity', 'kind', 'name', 'began (UTC)', 'ended', 'because', 'acknowledged by'], rows);
  const shown = failing.length === 0 ? alerts : `${alerts}\n\nfailing journeys\n${failing.join('\n')}`;
  return nextCursor === null ? shown : `${shown}\n… and older ones: GET /v1/alerts`;
}

export function showObjectives({ items }: Answer<typeof endpoints.listObjectives>): string {
  if (items.length === 0) return 'No objectives: PUT /v1/objectives/{name}, or `touchstone alerts put`.';
  const rows = items.map(({ name, objective, moments, failures, spent, burnRates, firing }) => [
    plain(name),
    plain(objective.touchpoint),
    String(objective.objective),
    whole(moments),
    whole(failures),
    percent(spent),
    burnRates.map(({ rule, long }) => `${rule} ${decimal(long)}`).join(', '),
    firing.map(({ severity }) => style.red(severity)).join(', '),
  ]);
  return table(
    ['objective', 'touchpoint', '>of', '>moments', '>failures', '>budget spent', 'burn rates', 'fires'],
    rows,
  );
}

export function showHeartbeats({ items }: Answer<typeof endpoints.listHeartbeats>): string {
  if (items.length === 0) return 'No heartbeats: PUT /v1/heartbeats/{name}, or `touchstone alerts put`.';
  const rows = items.map(({ name, heartbeat, state, last }) => [
    plain(name),
    plain(heartbeat.touchpoint),
    heartbeat.silentAfter,
    state === 'silent' ? style.red(state) : state,
    last === null ? '–' : moment(last),
  ]);
  return table(['heartbeat', 'touchpoint', 'silent after', 'state', 'last (UTC)'], rows);
}

export function showTargets({ items }: Answer<typeof endpoints.listTargets>): string {
  if (items.length === 0) return 'No targets: PUT /v1/targets/{name}.';
  const rows = items.map(({ name, url, severities, kinds, sent, lastSentAt, retrying, failures, failed }) => [
    plain(name),
    plain(new URL(url).host),
    [...(severities ?? []), ...(kinds ?? [])].join(', ') || 'all',
    whole(sent),
    moment(lastSentAt),
    whole(failures),
    retrying !== null ? style.red(plain(retrying.reason)) : plain(failed[0]?.reason ?? ''),
  ]);
  return table(['target', 'host', 'alerts', '>sent', 'last (UTC)', '>failed', 'why not'], rows);
}

export function showObjectiveBacktest(told: Answer<typeof endpoints.backtestObjective>): string {
  const { alerts, perWeek, minutesFiring, budgetSpent } = told;
  const rows = alerts.map(({ severity, began, ended, because, moments, failures }) => [
    severity,
    moment(began),
    ended === null ? 'fires' : moment(ended),
    because.join(', '),
    `${failures} of ${moments}`,
  ]);
  const sums = `${decimal(perWeek, 2)} alerts a week; page ${whole(minutesFiring.page)} min, ticket ${whole(minutesFiring.ticket)} min; ${percent(budgetSpent)} of the budget spent`;
  if (rows.length === 0) return `No alerts. ${sums}`;
  return `${table(['severity', 'began (UTC)', 'ended', 'because', '>failed at the begin'], rows)}\n${sums}`;
}

export function showSilences(told: Answer<typeof endpoints.backtestHeartbeat>): string {
  const { alerts, perWeek, minutesFiring } = told;
  const rows = alerts.map(({ began, ended, last }) => [
    moment(began),
    ended === null ? 'fires' : moment(ended),
    moment(last),
  ]);
  const sums = `${decimal(perWeek, 2)} alerts a week; ${whole(minutesFiring)} min silent`;
  if (rows.length === 0) return `No alerts. ${sums}`;
  return `${table(['began (UTC)', 'ended', 'last moment before'], rows)}\n${sums}`;
}
