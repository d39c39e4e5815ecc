import { readFile } from 'node:fs/promises';
import { shortTypeOf } from '@touchstone/journey';
import { type ExitCode, exitCodes } from '../cli-error.ts';
import { dryRun } from '../import/dry-run.ts';
import { doubtOf, type TimeSpan } from '../import/event-times.ts';
import { type ImportSummary, importFile, type Publish } from '../import/import-file.ts';
import { type Mapping, readMapping } from '../import/mapping.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { showProgress } from '../terminal/progress.ts';
import { plain, style, whole } from '../terminal/style.ts';

export interface ImportCommand {
  readonly files: readonly string[];
  readonly mappingFile: string | undefined;
  readonly target: string;
  readonly publish: Publish;
  readonly restart: boolean;
  readonly dryRun: boolean;
  /** Number of example events that a dry run prints. */
  readonly examples: number;
  readonly notesFolder: string | undefined;
  readonly json: boolean;
}

/** Problems printed one by one; further ones are only counted. */
const PROBLEMS_SHOWN = 20;

/** Imports the files one after the other, in the given order. */
export async function runImport(command: ImportCommand): Promise<ExitCode> {
  const { mappingFile } = command;
  const mapping = mappingFile === undefined ? undefined : await readMapping(mappingFile);
  const mappingText = mappingFile === undefined ? '' : await readFile(mappingFile, 'utf8');
  const now = Date.now();
  let worst: ExitCode = exitCodes.ok;
  for (const file of command.files) {
    const code = command.dryRun
      ? await showDryRun(command, file, mapping, mappingText, now)
      : await importOne(command, file, mapping, mappingText, now);
    if (code === exitCodes.interrupted) return code;
    if (code !== exitCodes.ok) worst = code;
  }
  return worst;
}

async function importOne(
  command: ImportCommand,
  file: string,
  mapping: Mapping | undefined,
  mappingText: string,
  now: number,
): Promise<ExitCode> {
  const interrupt = onInterrupt(() => console.error('\nStopping after the request that is under way …'));
  const began = performance.now();
  let progress: ReturnType<typeof showProgress> | undefined;
  let problems = 0;
  const refused = new Map<string, number>();
  try {
    const summary = await importFile({
      file,
      mapping,
      mappingText,
      publish: command.publish,
      target: command.target,
      notesFolder: command.notesFolder,
      now,
      restart: command.restart,
      signal: interrupt.signal,
      onNotice: (notice) => console.error(`${style.yellow(file)}: ${plain(notice)}`),
      onProgress: ({ counts, bytesRead, size }) => {
        progress ??= showProgress(file, size);
        progress.update(bytesRead, `${whole(counts.events)} events`);
      },
      onProblem: ({ line, reason, code }) => {
        if (code !== undefined) refused.set(code, (refused.get(code) ?? 0) + 1);
        if (++problems <= PROBLEMS_SHOWN) console.error(`${style.yellow(`${file}:${line}`)}: ${plain(reason)}`);
      },
    });
    progress?.stop();
    if (problems > PROBLEMS_SHOWN) console.error(`… and ${whole(problems - PROBLEMS_SHOWN)} more.`);
    if (command.json) console.log(JSON.stringify({ file, ...summary }));
    else console.log(inWords(file, summary, refused, performance.now() - began));
    tellDoubt(file, summary.times, now);
    return codeOf(summary);
  } finally {
    progress?.stop();
    interrupt.release();
  }
}

function codeOf({ outcome, counts }: ImportSummary): ExitCode {
  if (outcome === 'interrupted') return exitCodes.interrupted;
  return counts.rejected + counts.conflicts + counts.faults > 0 ? exitCodes.incomplete : exitCodes.ok;
}

function inWords(file: string, summary: ImportSummary, refused: ReadonlyMap<string, number>, tookMs: number): string {
  const { outcome, counts, times, resumedAfter, position, rejectedFile } = summary;
  if (outcome === 'nothing-new') {
    return `${file}: imported whole by an earlier run (${whole(counts.events)} events). --restart imports it again; repeats count as duplicates.`;
  }
  const seconds = (tookMs / 1000).toFixed(1);
  const lines = [
    `${style.bold(file)}: ${outcome === 'done' ? 'imported' : 'stopped'} after ${whole(counts.records)} records in ${seconds} s`,
    `  accepted ${whole(counts.accepted)}, duplicates ${whole(counts.duplicates)}, conflicts ${whole(counts.conflicts)}, ` +
      `rejected ${whole(counts.rejected)}${position === undefined ? '' : `; log position ${position}`}`,
  ];
  if (times !== undefined) lines.push(`  ${timesInWords(times)}`);
  if (resumedAfter > 0) lines.push(`  went on after record ${whole(resumedAfter)}; the counts are of the whole file`);
  if (counts.skipped > 0)
    lines.push(`  ${whole(counts.skipped)} rows without a time were left out, as the mapping says`);
  if (counts.rejected + counts.conflicts > 0)
    lines.push('  what was refused is kept with its reason: GET /v1/rejected');
  for (const [code, count] of refused) lines.push(`    ${whole(count)} ${plain(code)}`);
  if (counts.faults > 0) lines.push(`  ${whole(counts.faults)} rows made no event; they are listed in ${rejectedFile}`);
  if (outcome === 'interrupted') lines.push('  run the same command again to go on from there');
  return lines.join('\n');
}

const timesInWords = ({ first, last }: TimeSpan) => `times from ${first} to ${last}`;

function tellDoubt(file: string, times: TimeSpan | undefined, now: number): void {
  const doubt = times === undefined ? undefined : doubtOf(times, now);
  if (doubt !== undefined) console.error(`${style.yellow(file)}: ${doubt}`);
}

async function showDryRun(
  command: ImportCommand,
  file: string,
  mapping: Mapping | undefined,
  mappingText: string,
  now: number,
): Promise<ExitCode> {
  const { target, restart, notesFolder: folder, examples: exampleCount } = command;
  const run = await dryRun({ file, mapping, mappingText, target, restart, folder, exampleCount, now });
  if (run.notice !== undefined) console.error(`${style.yellow(file)}: ${plain(run.notice)}`);
  if (command.json) {
    console.log(JSON.stringify({ file, ...run, types: Object.fromEntries(run.types) }));
  } else {
    for (const event of run.examples) console.log(JSON.stringify(event, null, 2));
    console.log(`${style.bold(file)}: ${whole(run.records)} records would become ${whole(run.events)} events`);
    for (const [type, count] of run.types) console.log(`  ${whole(count).padStart(12)}  ${plain(shortTypeOf(type))}`);
    if (run.times !== undefined) console.log(`  ${timesInWords(run.times)}`);
    if (run.skipped > 0) console.log(`  ${whole(run.skipped)} rows without a time would be left out`);
    for (const { line, reason } of run.faults) console.log(`${style.yellow(`${file}:${line}`)}: ${plain(reason)}`);
    if (run.faultCount > 0) console.log(`${whole(run.faultCount)} rows or events in all are not as they must be.`);
    console.log('Nothing was published (--dry-run).');
  }
  tellDoubt(file, run.times, now);
  return run.faultCount > 0 ? exitCodes.incomplete : exitCodes.ok;
}
