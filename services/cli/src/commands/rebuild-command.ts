import { setTimeout as pause } from 'node:timers/promises';
import { endpoints, type Rebuild } from '@touchstone/api';
import type { Client } from '@touchstone/client';
import { ask } from '../ask.ts';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { putDefinitions } from './definition-commands.ts';
import { showSwitchComparison } from './show-comparison.ts';

const POLL_MS = 250;

/**
 * Starts a rebuild (after putting new definitions, if given), and shows its progress and the
 * comparison until the new read model is in force.
 */
export async function runRebuild(
  client: Client,
  options: { readonly definitions: readonly string[]; readonly force: boolean; readonly json: boolean },
): Promise<ExitCode> {
  if (options.definitions.length > 0) await putDefinitions(client, options.definitions);
  let status = await ask(client, endpoints.startRebuild, { body: options.force ? { force: true } : {} });
  const interrupt = onInterrupt(() =>
    console.error('\nThe rebuild goes on in the system; this command stops watching.'),
  );
  const progress = showProgress('rebuild', 100);
  try {
    while (status.state === 'running') {
      progress.update(percentOf(status), status.target ? `${status.position ?? 0} of ${status.target}` : '');
      await pause(POLL_MS, undefined, { signal: interrupt.signal }).catch(() => undefined);
      if (interrupt.signal.aborted) return exitCodes.interrupted;
      status = await ask(client, endpoints.getRebuild, {});
    }
    if (status.state === 'done') progress.update(100, '');
  } finally {
    progress.stop();
    interrupt.release();
  }
  if (options.json) console.log(JSON.stringify(status));
  else if (status.comparison) console.log(showSwitchComparison(status.comparison));
  if (status.state !== 'done') {
    throw new CliError(
      `The rebuild ended as ${status.state}: ${status.error ?? 'no reason given'}. The old read model goes on answering.`,
    );
  }
  if (!options.json) console.log('Rebuilt: the new read model answers now.');
  return exitCodes.ok;
}

function percentOf({ position, target }: Rebuild): number {
  return target ? (100 * Number(position ?? 0)) / Math.max(1, Number(target)) : 0;
}
