import { setTimeout as pause } from 'node:timers/promises';
import { endpoints, type Trial } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { type Definition, faultsOf, type PolicyChange, policyChangeSchema } from '@touchstone/journey';
import { readJson } from '@touchstone/runtime';
import { ask } from '../ask.ts';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { readDefinitions } from './definition-commands.ts';
import { showTrial } from './show-trial.ts';

const POLL_MS = 250;

export interface TrialOptions {
  readonly definitions: readonly string[];
  readonly policy: string | undefined;
  /** Upper limit of the customers, and of the journeys, listed one by one. */
  readonly limit: number;
  readonly json: boolean;
}

/**
 * Tries definitions and a policy on the system's whole history, shows the progress, and then who
 * changes and why. Ctrl-C cancels the trial in the system.
 */
export async function runTrial(client: Client, options: TrialOptions): Promise<ExitCode> {
  if (options.definitions.length === 0 && options.policy === undefined) {
    throw new CliError('Say what is to be tried: --definitions FILE…, --policy FILE, or both.');
  }
  const definitions: Definition[] = options.definitions.flatMap(readDefinitions);
  const policy = options.policy === undefined ? undefined : readPolicy(options.policy);
  const body = { definitions, policy, limit: options.limit };
  const trial = await watch(client, await ask(client, endpoints.startTrial, { body }));
  if (trial === undefined) return exitCodes.interrupted;
  if (trial.state !== 'done' || trial.report === null) {
    throw new CliError(`The trial ended as ${trial.state}: ${trial.error ?? 'no reason given'}. Nothing was changed.`);
  }
  console.log(options.json ? JSON.stringify(trial.report) : showTrial(trial.report));
  return trial.report.faults.length > 0 ? exitCodes.incomplete : exitCodes.ok;
}

/** The finished trial; undefined if Ctrl-C cancelled it. */
async function watch(client: Client, started: Trial): Promise<Trial | undefined> {
  let trial = started;
  const interrupt = onInterrupt(() => console.error('\nThe trial is being cancelled in the system.'));
  const progress = showProgress('trial', 100);
  try {
    while (trial.state === 'running') {
      progress.update(percentOf(trial), noteOf(trial));
      await pause(POLL_MS, undefined, { signal: interrupt.signal }).catch(() => undefined);
      if (interrupt.signal.aborted) {
        await ask(client, endpoints.cancelTrial, {});
        return undefined;
      }
      trial = await ask(client, endpoints.getTrial, {});
    }
    if (trial.state === 'done') progress.update(100, '');
    return trial;
  } finally {
    progress.stop();
    interrupt.release();
  }
}

/** Percent of the work done when each phase begins; filling the tables is most of it. */
const SHARE: Readonly<Record<string, number>> = { settling: 80, comparing: 90, explaining: 95 };

function percentOf({ phase, position, target }: Trial): number {
  if (phase !== null && phase !== 'filling') return SHARE[phase] ?? 0;
  return target === null ? 0 : (80 * Number(position ?? 0)) / Math.max(1, Number(target));
}

function noteOf({ phase, position, target }: Trial): string {
  return phase === 'filling' && target !== null ? `${position ?? 0} of ${target}` : (phase ?? '');
}

function readPolicy(file: string): PolicyChange {
  const json = readJson(file);
  const parsed = policyChangeSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error).map(({ path, message }) => `  ${path || '(whole)'} ${message}`);
  throw new CliError(`${file} is no change of a policy:\n${faults.join('\n')}`);
}
