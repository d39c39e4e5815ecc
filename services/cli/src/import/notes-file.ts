import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { timeSpanSchema } from './event-times.ts';
import type { Mapping } from './mapping.ts';

const countsSchema = z.object({
  /** Number of lines, rows or traces completed. */
  records: z.number(),
  events: z.number(),
  accepted: z.number(),
  duplicates: z.number(),
  conflicts: z.number(),
  /** Events that the server rejected, and keeps. */
  rejected: z.number(),
  /** Rows that gave no events; the file of rejected rows holds them. */
  faults: z.number(),
  /** Rows with an event that was left out because it has no time. */
  skipped: z.number(),
});
export type ImportCounts = z.infer<typeof countsSchema>;

const notesSchema = z.object({
  file: z.string(),
  /**
   * Hash of the file's first bytes. Another file of the same name, or one that has grown (its last
   * row may have been half written), starts again.
   */
  fingerprint: z.string(),
  headBytes: z.number(),
  size: z.number(),
  /** Hash of the mapping's content; another mapping makes other events. */
  mapping: z.string(),
  target: z.string(),
  /** Absent in notes of versions that had only the default rule. */
  ids: z.enum(['content', 'row-number']).default('row-number'),
  /** Inputs of the row ids: the columns that the mapping reads, or its own `id`. */
  identity: z.array(z.string()).default([]),
  isDone: z.boolean(),
  counts: countsSchema,
  /** Absent if no event had a time, and in notes of versions that did not keep it. */
  times: timeSpanSchema.optional(),
});
export type NotesContent = z.infer<typeof notesSchema>;

export interface NotesOptions {
  readonly file: string;
  /** Text of the mapping; empty for NDJSON. */
  readonly mappingText: string;
  readonly mapping?: Mapping | undefined;
  readonly target: string;
  /**
   * Folder of the notes; default: beside the file, or `.touchstone/imports` if that folder cannot
   * be written.
   */
  readonly folder?: string | undefined;
  /** Forget the progress of an earlier run. */
  readonly restart: boolean;
}

/**
 * The name depends on the system and the mapping, because several may use the same file at once.
 */
export function notesFileOf(folder: string, options: Pick<NotesOptions, 'file' | 'mappingText' | 'target'>): string {
  const file = resolve(options.file);
  const label = hashOf(`${file}\n${hashOf(options.mappingText)}\n${options.target}`).slice(0, 8);
  return join(folder, `${basename(file)}.${label}.import.json`);
}

/**
 * Unreadable notes count as none: the import starts again, and repeated events count as duplicates.
 */
export async function readNotes(file: string): Promise<NotesContent | undefined> {
  try {
    return notesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
