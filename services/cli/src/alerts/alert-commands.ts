import { type AlertState, endpoints } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { readJson } from '@touchstone/runtime';
import { ask } from '../ask.ts';
import { CliError } from '../cli-error.ts';
import { print, type Shown } from '../terminal/print-answer.ts';
import { plain } from '../terminal/style.ts';
import {
  showAlerts,
  showHeartbeats,
  showObjectiveBacktest,
  showObjectives,
  showSilences,
  showTargets,
} from './show-alerts.ts';

export async function listAlerts(client: Client, options: Shown & { readonly state?: AlertState }): Promise<void> {
  const query = options.state === undefined ? {} : { state: options.state };
  print(options, await ask(client, endpoints.listAlerts, { query }), showAlerts);
}

export async function listObjectives(client: Client, options: Shown): Promise<void> {
  print(options, await ask(client, endpoints.listObjectives, {}), showObjectives);
}

export async function listHeartbeats(client: Client, options: Shown): Promise<void> {
  print(options, await ask(client, endpoints.listHeartbeats, {}), showHeartbeats);
}

export async function listTargets(client: Client, options: Shown): Promise<void> {
  print(options, await ask(client, endpoints.listTargets, {}), showTargets);
}

/** Objectives, heartbeats and watches by name, as a file has them. */
export interface AlertRules {
  readonly objectives?: Readonly<Record<string, object>>;
  readonly heartbeats?: Readonly<Record<string, object>>;
  readonly watches?: Readonly<Record<string, object>>;
}

/** The system checks each of them; what was put before a bad one stays. */
export async function putAlertRules(client: Client, files: readonly string[]): Promise<void> {
  for (const [file, { objectives = {}, heartbeats = {}, watches = {} }] of files.map(
    (file) => [file, readRules(file)] as const,
  )) {
    for (const [kind, rules] of Object.entries({ objectives, heartbeats, watches })) {
      for (const [name, rule] of Object.entries(rules)) {
        const { version, inForceFrom } = (await client.put(`/v1/${kind}/${encodeURIComponent(name)}`, rule)) as {
          readonly version: number;
          readonly inForceFrom: string;
        };
        console.log(`${plain(name)} of ${plain(file)}: version ${version}, in force from ${plain(inForceFrom)}`);
      }
    }
  }
}

const KINDS: readonly string[] = ['objectives', 'heartbeats', 'watches'];

function readRules(file: string): AlertRules {
  const rules = readJson(file) as AlertRules;
  const isKnown = Object.keys(rules ?? {}).every((kind) => KINDS.includes(kind));
  if (typeof rules !== 'object' || rules === null || Array.isArray(rules) || !isKnown) {
    throw new CliError(`${file} must be {"objectives": {name: …}, "heartbeats": {name: …}, "watches": {name: …}}.`);
  }
  return rules;
}

export interface BacktestOptions extends Shown {
  readonly from: string;
  readonly to: string;
  readonly clock: 'stored' | 'event';
}

export async function runBacktest(client: Client, file: string, options: BacktestOptions): Promise<void> {
  const rule = readJson(file) as object;
  const { from, to, clock } = options;
  const span = { from, to, clock };
  if ('silentAfter' in rule) {
    const body = { heartbeat: rule as never, ...span };
    return print(options, await ask(client, endpoints.backtestHeartbeat, { body }), showSilences);
  }
  const body = { objective: rule as never, ...span };
  print(options, await ask(client, endpoints.backtestObjective, { body }), showObjectiveBacktest);
}
