import { TouchstoneError } from '@touchstone/client';
import { CliError } from '../cli-error.ts';
import type { ExportTarget } from './export-target.ts';
import type { LogQuery, LogSource } from './log-source.ts';

export interface ExportOptions {
  readonly source: Pick<LogSource, 'page'>;
  readonly target: ExportTarget;
  readonly file: string;
  /** First position to export; default: the beginning of the log. */
  readonly from?: bigint | undefined;
  readonly customer?: string | undefined;
  readonly type?: string | undefined;
  /** Stops after the page under way. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
}

export interface ExportProgress {
  /** Positions read by this run, and its total. */
  readonly done: number;
  readonly total: number;
  readonly events: number;
}

export interface ExportSummary {
  readonly outcome: 'done' | 'interrupted';
  /** Events written by this run. */
  readonly events: number;
  /** Number of those that replace a damaged event. */
  readonly damaged: number;
  /** Position up to which the log has been read. */
  readonly position: bigint;
  /** Last position that an earlier run wrote. */
  readonly resumedAfter: bigint | undefined;
}

/**
 * Appends the log, up to its present end, to the file; one page is written while the next is read.
 * @throws CliError for a file of another log.
 */
export async function exportLog(options: ExportOptions): Promise<ExportSummary> {
  const { source, target, signal } = options;
  await assertSameLog(options);
  const beginning = max((options.from ?? 1n) - 1n, target.last?.position ?? 0n);
  let position = beginning;
  let end: bigint | undefined;
  let events = 0;
  let damaged = 0;
  let writing: Promise<void> = Promise.resolve();
  while ((end === undefined || position < end) && !signal?.aborted) {
    const page = await source.page(queryOf(options, position)).catch(async (error: unknown) => {
      await writing;
      throw error;
    });
    // Events that arrive during the run are left to the next one; otherwise it might never end.
    end ??= page.end;
    await writing;
    position = page.next;
    events += page.events;
    damaged += page.damaged;
    if (page.events > 0) writing = target.append(page.lines);
    // The next turn awaits it; this handler only keeps a failure from counting as unhandled until
    // then.
    writing.catch(() => undefined);
    options.onProgress?.({ done: Number(position - beginning), total: Number(end - beginning), events });
  }
  await writing;
  const isDone = end !== undefined && position >= end;
  return { outcome: isDone ? 'done' : 'interrupted', events, damaged, position, resumedAfter: target.last?.position };
}

/** Checks that the log holds the file's last event at its position, with the same filters. */
async function assertSameLog(options: ExportOptions): Promise<void> {
  const { last } = options.target;
  if (last === undefined) return;
  const there = await options.source
    .page({ ...queryOf(options, last.position - 1n), limit: 1 })
    .catch((error: unknown) => {
      if (error instanceof TouchstoneError && error.code === 'position_beyond_log') return undefined;
      throw error;
    });
  if (there?.lines === `${last.line}\n`) return;
  throw new CliError(
    `${options.file} ends with an event that is not at position ${last.position} of this log, or not among those that are asked for: it is an export of another log, or with another --customer or --type; or that event was deleted there since. Name another file.`,
  );
}

const queryOf = ({ customer, type }: ExportOptions, after: bigint): LogQuery => ({ after, customer, type });

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
