import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { timeSpanSchema } from './event-times.ts';
import type { Mapping } from './mapping.ts';

const countsSchema = z.object({
  /** Lines, rows or traces that are done with. */
  records: z.number(),
  events: z.number(),
  accepted: z.number(),
  duplicates: z.number(),
  conflicts: z.number(),
  /** By the server, which keeps them. */
  rejected: z.number(),
  /** Rows that could not be made events; they stand in the file of rejected rows. */
  faults: z.number(),
  /** Rows of which an event was left out for want of a time. */
  skipped: z.number(),
});
export type ImportCounts = z.infer<typeof countsSchema>;

const notesSchema = z.object({
  file: z.string(),
  /** Of its first bytes. Another file of the same name, or one that has grown (its last row may have been half written), begins anew. */
  fingerprint: z.string(),
  headBytes: z.number(),
  size: z.number(),
  /** Of the mapping's content; another mapping makes other events. */
  mapping: z.string(),
  target: z.string(),
  /** Absent in notes of versions that had no other rule. */
  ids: z.enum(['content', 'row-number']).default('row-number'),
  /** What the ids of rows are made of: the columns that the mapping reads, or its own `id`. */
  identity: z.array(z.string()).default([]),
  isDone: z.boolean(),
  counts: countsSchema,
  /** Absent where no event had a time, and in notes of versions that did not keep it. */
  times: timeSpanSchema.optional(),
});
export type NotesContent = z.infer<typeof notesSchema>;

export interface NotesOptions {
  readonly file: string;
  /** The whole text of the mapping; empty for NDJSON. */
  readonly mappingText: string;
  readonly mapping?: Mapping | undefined;
  readonly target: string;
  /** Where the notes lie; by default beside the file, or in `.touchstone/imports` if that folder cannot be written. */
  readonly folder?: string | undefined;
  /** Forget what an earlier run has done. */
  readonly restart: boolean;
}

/** Two systems, or two mappings, may take the same file at once. */
export function notesFileOf(folder: string, options: Pick<NotesOptions, 'file' | 'mappingText' | 'target'>): string {
  const file = resolve(options.file);
  const label = hashOf(`${file}\n${hashOf(options.mappingText)}\n${options.target}`).slice(0, 8);
  return join(folder, `${basename(file)}.${label}.import.json`);
}

/** Notes that cannot be read are as good as none: the import begins anew, and repeats count as duplicates. */
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
