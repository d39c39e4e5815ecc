import { createClient } from '@touchstone/client';
import { type ExitCode, exitCodes } from '../cli-error.ts';
import type { Check } from '../doctor/check.ts';
import { dataChecks, definitionsCheck, keysCheck, nativeChecks, nodeCheck } from '../doctor/machine-checks.ts';
import { systemChecks } from '../doctor/system-checks.ts';
import { style } from '../terminal/style.ts';

export interface DoctorCommand {
  readonly url: string;
  readonly key?: string;
  readonly json: boolean;
}

/** Runs every check, even after a failure; ends with code 2 if any check fails. */
export async function runDoctor({ url, key, json }: DoctorCommand): Promise<ExitCode> {
  const client = createClient({ url, key, retries: 0, timeoutMs: 10_000 });
  // Counting a day of a large system takes longer than the other answers.
  const patient = createClient({ url, key, retries: 0, timeoutMs: 120_000 });
  const running = await systemChecks(client, patient, url);
  const checks: Check[] = [
    nodeCheck(process.versions.node),
    ...(await nativeChecks()),
    ...(await dataChecks(process.env, running.isUp)),
    keysCheck(process.env.TOUCHSTONE_KEYS),
    definitionsCheck(process.env.DEFINITIONS),
    ...running.checks,
  ];
  if (json) console.log(JSON.stringify(checks, null, 2));
  else console.log(checks.map(line).join('\n'));
  const failed = checks.filter(({ state }) => state === 'bad').length;
  if (!json)
    console.log(failed === 0 ? style.green('\nAll is well.') : style.red(`\n${failed} of ${checks.length} need care.`));
  return failed === 0 ? exitCodes.ok : exitCodes.incomplete;
}

function line({ state, what, found, advice }: Check): string {
  const mark = { good: style.green('✓'), bad: style.red('✗'), unknown: style.dim('–') }[state];
  const told = `${mark} ${what}: ${found}`;
  return advice === undefined ? told : `${told}\n    ${style.yellow(advice)}`;
}
