import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { headOf } from './open-file.ts';
import type { SourceFault } from './source-record.ts';

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
  isDone: z.boolean(),
  counts: countsSchema,
});
type NotesContent = z.infer<typeof notesSchema>;

/** What an import remembers between runs: how far it came, and the rows that were no events. */
export interface ImportNotes {
  /** What an earlier run of the same import has done; `undefined` if there was none. */
  readonly earlier: { readonly counts: ImportCounts; readonly isDone: boolean } | undefined;
  readonly rejectedFile: string;
  save(counts: ImportCounts, isDone: boolean): Promise<void>;
  keepFaults(faults: readonly SourceFault[]): Promise<void>;
}

export interface NotesOptions {
  readonly file: string;
  /** The whole text of the mapping; empty for NDJSON. */
  readonly mappingText: string;
  readonly target: string;
  /** Where the notes lie; by default beside the file, or in `.touchstone/imports` if that folder cannot be written. */
  readonly folder?: string | undefined;
  /** Forget what an earlier run has done. */
  readonly restart: boolean;
}

const HEAD_BYTES = 64 * 1024;

/** Opens the notes of one file. An import is the same as an earlier one if file, mapping and target are. */
export async function openNotes(options: NotesOptions): Promise<ImportNotes> {
  const file = resolve(options.file);
  const folder = options.folder ?? (await writableFolder(dirname(file)));
  await mkdir(folder, { recursive: true });
  const mapping = hashOf(options.mappingText);
  // Two systems, or two mappings, may take the same file at once.
  const label = hashOf(`${file}\n${mapping}\n${options.target}`).slice(0, 8);
  const notesFile = join(folder, `${basename(file)}.${label}.import.json`);
  const rejectedFile = join(folder, `${basename(file)}.rejected.ndjson`);
  const { size, head } = await headOf(file, HEAD_BYTES);
  const found = options.restart ? undefined : await readNotes(notesFile);
  const isSame =
    found !== undefined && size === found.size && hashOf(head.subarray(0, found.headBytes)) === found.fingerprint;
  if (!isSame) await rm(rejectedFile, { force: true });

  const content = {
    file,
    fingerprint: hashOf(head),
    headBytes: head.length,
    size,
    mapping,
    target: options.target,
  };
  return {
    earlier: isSame ? { counts: found.counts, isDone: found.isDone } : undefined,
    rejectedFile,
    async save(counts, isDone) {
      const next: NotesContent = { ...content, isDone, counts };
      await writeFile(`${notesFile}.new`, `${JSON.stringify(next, null, 2)}\n`);
      await rename(`${notesFile}.new`, notesFile);
    },
    async keepFaults(faults) {
      if (faults.length === 0) return;
      const lines = faults.map(({ line, reason, raw }) => `${JSON.stringify({ file, line, reason, raw })}\n`);
      await appendFile(rejectedFile, lines.join(''));
    },
  };
}

/** Notes that cannot be read are as good as none: the import begins anew, and repeats count as duplicates. */
async function readNotes(file: string): Promise<NotesContent | undefined> {
  try {
    return notesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Asked by writing: permissions alone do not tell (read-only mounts, root). */
async function writableFolder(folder: string): Promise<string> {
  const probe = join(folder, `.touchstone-import-${process.pid}`);
  try {
    await writeFile(probe, '');
    await rm(probe);
    return folder;
  } catch {
    return resolve('.touchstone', 'imports');
  }
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
