import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import type { AlertRules } from '../alerts/alert-commands.ts';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { type ExportSummary, exportLog } from '../export/export-log.ts';
import { openExportTarget } from '../export/export-target.ts';
import { type LogSource, openLogSource } from '../export/log-source.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { plain, style, whole } from '../terminal/style.ts';
import { inWords } from './backup-command.ts';

export interface ExportCommand {
  readonly file: string;
  readonly url: string;
  readonly key?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly from: bigint | undefined;
  readonly customer: string | undefined;
  readonly type: string | undefined;
  readonly json: boolean;
}

/**
 * Writes the log of the running or the stopped system as CloudEvents, with the definitions beside
 * it.
 */
export async function runExport(command: ExportCommand): Promise<ExitCode> {
  const { file, json } = command;
  const definitionsFile = `${file.replace(/\.gz$/, '').replace(/\.ndjson$/, '')}.definitions.json`;
  if (!existsSync(file) && existsSync(definitionsFile))
    throw new CliError(`${definitionsFile} exists already, and ${file} does not: name another file, or remove it.`);
  const interrupt = onInterrupt(() => console.error('\nStopping after the page that is under way …'));
  const began = performance.now();
  try {
    const source = await openLogSource(command);
    try {
      const summary = await exportEvents(command, source, interrupt.signal);
      await exportDefinitions(definitionsFile, source);
      const alertsFile = await exportAlertRules(definitionsFile.replace(/definitions\.json$/, 'alerts.json'), source);
      const told = { file, definitionsFile, ...(alertsFile !== null && { alertsFile }), ...summary };
      if (json) console.log(JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? String(value) : value)));
      else console.log(summaryInWords(file, definitionsFile, source, summary, performance.now() - began));
      if (summary.outcome === 'interrupted') return exitCodes.interrupted;
      return summary.damaged > 0 ? exitCodes.incomplete : exitCodes.ok;
    } finally {
      await source.close();
    }
  } catch (error) {
    throw inWords(error);
  } finally {
    interrupt.release();
  }
}

async function exportEvents(command: ExportCommand, source: LogSource, signal: AbortSignal): Promise<ExportSummary> {
  const { file, from, customer, type } = command;
  const target = await openExportTarget(file);
  let progress: ReturnType<typeof showProgress> | undefined;
  try {
    return await exportLog({
      ...{ source, target, file, from, customer, type, signal },
      onProgress: ({ done, total, events }) => {
        progress ??= showProgress('export', total);
        progress.update(done, `${whole(events)} events`);
      },
    });
  } finally {
    progress?.stop();
    await target.close();
  }
}

/**
 * The export includes the definitions, so that another system computes the same figures. A resumed
 * export writes them again.
 */
async function exportDefinitions(file: string, source: LogSource): Promise<void> {
  const { definitions, waiting } = await source.definitions();
  await writeFile(file, `${JSON.stringify(definitions, null, 2)}\n`);
  if (waiting.length === 0) return;
  const types = waiting.map(plain).join(', ');
  console.error(
    style.yellow(`Definitions that wait for a rebuild are left out, because nothing is measured with them: ${types}`),
  );
}

/** Writes objectives, heartbeats and watches, where there are any; null if not. */
async function exportAlertRules(file: string, source: LogSource): Promise<string | null> {
  let rules: AlertRules;
  try {
    rules = await source.alertRules();
  } catch (error) {
    // Their list tells how they stand by the read model, on which events do not depend.
    console.error(
      style.yellow(`Objectives, heartbeats and watches are left out, because they could not be read: ${error}`),
    );
    return null;
  }
  const names = [rules.objectives, rules.heartbeats, rules.watches].flatMap((each = {}) => Object.keys(each));
  if (names.length === 0) return null;
  await writeFile(file, `${JSON.stringify(rules, null, 2)}\n`);
  console.error(`${file}: ${names.length} objectives, heartbeats and watches, for \`alerts put\``);
  return file;
}

function summaryInWords(
  file: string,
  definitionsFile: string,
  { what }: LogSource,
  { outcome, events, damaged, position, resumedAfter }: ExportSummary,
  tookMs: number,
): string {
  const seconds = (tookMs / 1000).toFixed(1);
  const done = outcome === 'done' ? 'exported' : 'stopped after';
  const lines = [
    `${style.bold(file)}: ${done} ${whole(events)} events in ${seconds} s (${what}), up to position ${position}`,
  ];
  if (resumedAfter !== undefined)
    lines.push(`  went on after position ${resumedAfter}, where an earlier run had ended`);
  lines.push(`  definitions: ${definitionsFile}`);
  if (damaged > 0)
    lines.push(`  ${whole(damaged)} events are damaged in the log; lines of touchstone.event.damaged.v1 tell of them`);
  if (outcome === 'interrupted') lines.push('  run the same command again to go on from there');
  return lines.join('\n');
}
