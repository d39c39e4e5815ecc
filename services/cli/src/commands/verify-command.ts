import { join } from 'node:path';
import { ReadModelError } from '@touchstone/read-models';
import { ConfigError, ServerUnusable } from '@touchstone/runtime';
import { CliError, type ExitCode, exitCodes } from '../cli-error.ts';
import { onInterrupt } from '../terminal/interrupt.ts';
import { type Progress, showProgress } from '../terminal/progress.ts';
import { plain, style, whole } from '../terminal/style.ts';
import type { Difference } from '../verify/differences.ts';
import { openVerified, type Verified } from '../verify/open-verified.ts';
import { type VerifySummary, verify } from '../verify/verify.ts';
import { bigintsAsText, verifyFolder } from '../verify/verify-notes.ts';
import type { Phase } from '../verify/verifying.ts';
import { inWords } from './backup-command.ts';

export interface VerifyCommand {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether to compare the rows with the log too. */
  readonly full: boolean;
  /** Whether to start again instead of resuming. */
  readonly restart: boolean;
  /** Folder of the notes and of data that does not fit in memory. */
  readonly notes: string | undefined;
  readonly json: boolean;
}

/** Reads the whole log and compares the rows with it; ends with code 2 if anything differs. */
export async function runVerify(command: VerifyCommand): Promise<ExitCode> {
  const { environment, full, json } = command;
  const interrupt = onInterrupt(() => console.error('\nStopping after what is under way …'));
  const began = performance.now();
  try {
    const verified = await openVerified(environment, full);
    try {
      const summary = await verifyInSight(command, verified, interrupt.signal);
      if (json) console.log(JSON.stringify(summary, bigintsAsText));
      else console.log(inLines(verified, summary, performance.now() - began));
      if (summary.outcome === 'interrupted') return exitCodes.interrupted;
      return summary.differences.count > 0 ? exitCodes.incomplete : exitCodes.ok;
    } finally {
      await verified.close();
    }
  } catch (error) {
    const isTold = [ConfigError, ServerUnusable, ReadModelError].some((kind) => error instanceof kind);
    throw isTold ? new CliError((error as Error).message) : inWords(error);
  } finally {
    interrupt.release();
  }
}

async function verifyInSight(
  { restart, notes }: VerifyCommand,
  { reader, rows, folder }: Verified,
  signal: AbortSignal,
): Promise<VerifySummary> {
  let shown: { readonly phase: Phase; readonly progress: Progress } | undefined;
  try {
    return await verify({
      ...{ reader, rows, signal, isAnew: restart, folder: verifyFolder(join(notes ?? folder, 'touchstone-verify')) },
      onProgress(phase, done, total, note) {
        if (shown?.phase !== phase) {
          shown?.progress.stop();
          shown = { phase, progress: showProgress(phase, total) };
        }
        shown.progress.update(done, note);
      },
    });
  } finally {
    shown?.progress.stop();
  }
}

function inLines({ what, rows }: Verified, summary: VerifySummary, tookMs: number): string {
  const { outcome, events, upTo, resumedAfter, customers, passedOver, differences } = summary;
  const seconds = (tookMs / 1000).toFixed(1);
  const done = outcome === 'done' ? 'verified' : 'stopped after';
  const lines = [`${done} ${whole(events)} events in ${seconds} s (${plain(what)}, up to position ${upTo})`];
  if (resumedAfter !== undefined)
    lines.push(`  went on after position ${resumedAfter}, where an earlier run had ended`);
  if (rows !== undefined) lines.push(`  rows of ${whole(customers)} customers are held to it`);
  if (passedOver > 0)
    lines.push(`  of ${whole(passedOver)} customers events are on their way into the rows: they are left out`);
  lines.push(...differences.named.map(lineOf));
  const more = differences.count - differences.named.length;
  if (more > 0) lines.push(style.red(`… and ${whole(more)} more`));
  if (outcome === 'interrupted') lines.push('  run the same command again to go on from there');
  else if (differences.count === 0) lines.push(style.green('Everything holds.'));
  else lines.push(style.red(`${whole(differences.count)} differences.`));
  return lines.join('\n');
}

function lineOf({ position, customer, field, what }: Difference): string {
  const where = [position !== null && `position ${position}`, customer !== null && `customer ${customer}`, field];
  return style.red(plain(`✗ ${where.filter(Boolean).join(' / ')}: ${what}`));
}
