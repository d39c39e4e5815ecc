import type { PublishSummary } from '@touchstone/client';
import { eventTimes, type TimeSpan } from './event-times.ts';
import { ImportError } from './import-error.ts';
import { openNotes } from './import-notes.ts';
import type { Mapping } from './mapping.ts';
import type { ImportCounts } from './notes-file.ts';
import { openFile } from './open-file.ts';
import { readRecords } from './read-records.ts';
import type { SourceFault, SourceRecord } from './source-record.ts';

/** Publishes events in order; implemented by the client. */
export type Publish = (events: readonly unknown[]) => Promise<PublishSummary>;

export interface ImportOptions {
  readonly file: string;
  readonly mapping?: Mapping | undefined;
  readonly mappingText?: string | undefined;
  readonly publish: Publish;
  /** Where the events go. Together with the file and the mapping it identifies an import. */
  readonly target: string;
  readonly notesFolder?: string | undefined;
  readonly restart?: boolean | undefined;
  readonly batchSize?: number | undefined;
  /** Now, in ms since 1970; it decides the century of two-digit years. */
  readonly now?: number | undefined;
  /** Stops after the request under way. */
  readonly signal?: AbortSignal | undefined;
  /** Called before the first event is sent, with what the user should know. */
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
  /** Called for a row that gave no event, or an event that was refused. */
  readonly onProblem?: ((problem: ImportProblem) => void) | undefined;
}

export interface ImportProgress {
  readonly counts: ImportCounts;
  readonly bytesRead: number;
  readonly size: number;
}

export interface ImportProblem {
  readonly line: number;
  readonly reason: string;
  /** The server's rejection code, if it refused the event. */
  readonly code?: string;
}

export interface ImportSummary {
  /** `nothing-new`: an earlier run has imported the whole file. */
  readonly outcome: 'done' | 'interrupted' | 'nothing-new';
  /** Counts of this file, earlier runs included. */
  readonly counts: ImportCounts;
  /** Times of the events sent, earlier runs included; `undefined` if none was sent. */
  readonly times: TimeSpan | undefined;
  /** Lines, rows or traces that an earlier run had completed. */
  readonly resumedAfter: number;
  readonly position: string | undefined;
  readonly rejectedFile: string;
}

const BATCH_SIZE = 500;
/**
 * The notes lag at most this many batches behind; events sent again after a crash count as
 * duplicates.
 */
const BATCHES_PER_NOTE = 20;

const NONE: ImportCounts = {
  records: 0,
  events: 0,
  accepted: 0,
  duplicates: 0,
  conflicts: 0,
  rejected: 0,
  faults: 0,
  skipped: 0,
};

interface Batch {
  readonly events: unknown[];
  readonly lines: number[];
  readonly faults: SourceFault[];
  skipped: number;
  records: number;
}

/**
 * Publishes a file in its order, one request at a time, so that a customer's events arrive in
 * order; the next batch is prepared meanwhile, so memory holds two. Resumes an earlier run of the
 * same import.
 * @throws ImportError saying how far it came.
 */
export async function importFile(options: ImportOptions): Promise<ImportSummary> {
  const { file, signal } = options;
  const notes = await openNotes({
    file,
    mappingText: options.mappingText ?? '',
    mapping: options.mapping,
    target: options.target,
    folder: options.notesFolder,
    restart: options.restart ?? false,
  });
  const counts = { ...(notes.earlier?.counts ?? NONE) };
  const times = eventTimes(notes.earlier?.times);
  const resumedAfter = counts.records;
  const summary = (outcome: ImportSummary['outcome'], position?: string) =>
    ({ outcome, counts, times: times.span(), resumedAfter, position, rejectedFile: notes.rejectedFile }) as const;
  const save = (isDone: boolean) => notes.save({ counts, times: times.span(), isDone });
  if (notes.earlier?.isDone) return summary('nothing-new');
  if (notes.notice !== undefined) options.onNotice?.(notes.notice);

  const opened = await openFile(file);
  let position: string | undefined;
  let batches = 0;
  const settle = async (batch: Batch) => {
    position = (await publishBatch(batch, counts, options)) ?? position;
    for (const event of batch.events) times.see(event);
    for (const fault of batch.faults) options.onProblem?.(fault);
    await notes.keepFaults(batch.faults);
    if (++batches % BATCHES_PER_NOTE === 0) await save(false);
    options.onProgress?.({ counts, bytesRead: opened.bytesRead(), size: opened.size });
  };

  let underWay: Promise<unknown> = Promise.resolve();
  try {
    const records = await readRecords(opened.bytes, file, options.mapping, notes.ids, options.now ?? Date.now());
    for await (const batch of batchesOf(records, resumedAfter, options.batchSize ?? BATCH_SIZE)) {
      await underWay;
      if (signal?.aborted) break;
      underWay = settle(batch);
      // The next turn awaits it; this handler only keeps a failure from counting as unhandled until
      // then.
      underWay.catch(() => undefined);
    }
    await underWay;
  } catch (error) {
    await underWay.catch(() => undefined);
    await save(false);
    throw stopped(error, file, counts);
  } finally {
    opened.bytes.destroy();
  }
  const isDone = !signal?.aborted;
  await save(isDone);
  return summary(isDone ? 'done' : 'interrupted', position);
}

/**
 * Groups whole records into batches of at most `size` events, unless a single record has more. The
 * first `skip` records belong to an earlier run.
 */
async function* batchesOf(records: AsyncIterable<SourceRecord>, skip: number, size: number): AsyncGenerator<Batch> {
  const fresh = (): Batch => ({ events: [], lines: [], faults: [], skipped: 0, records: 0 });
  let batch = fresh();
  let toSkip = skip;
  for await (const record of records) {
    if (toSkip-- > 0) continue;
    if (batch.events.length > 0 && batch.events.length + record.events.length > size) {
      yield batch;
      batch = fresh();
    }
    batch.records++;
    batch.skipped += record.skipped;
    for (const fault of record.faults) batch.faults.push(fault);
    for (const event of record.events) {
      batch.events.push(event);
      batch.lines.push(record.line);
    }
    if (batch.events.length < size && batch.records < 20 * size) continue;
    yield batch;
    batch = fresh();
  }
  if (batch.records > 0) yield batch;
}

/** Log position after the batch; `undefined` if there was nothing to send. */
async function publishBatch(batch: Batch, counts: ImportCounts, options: ImportOptions): Promise<string | undefined> {
  let position: string | undefined;
  if (batch.events.length > 0) {
    const answer = await options.publish(batch.events);
    position = answer.position;
    counts.events += batch.events.length;
    counts.accepted += answer.accepted;
    counts.duplicates += answer.duplicates;
    counts.conflicts += answer.conflicts;
    counts.rejected += answer.rejected;
    for (const { index, verdict, code, errors } of answer.problems) {
      const why = errors.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
      options.onProblem?.({ line: batch.lines[index] ?? 0, reason: `${verdict}: ${why || code}`, code });
    }
  }
  counts.faults += batch.faults.length;
  counts.skipped += batch.skipped;
  counts.records += batch.records;
  return position;
}

function stopped(error: unknown, file: string, counts: ImportCounts): Error {
  const message = (error as Error).message;
  if (counts.records === 0) return error as Error;
  return new ImportError(
    `${message}\n${file}: ${counts.records} rows are imported. Run the same command again to go on from there.`,
    { cause: error },
  );
}
