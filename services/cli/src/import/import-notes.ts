import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { earlierImports, identityOf, identityOfRows, isByNumber } from './earlier-imports.ts';
import { hashOf, type NotesContent, type NotesOptions, notesFileOf } from './notes-file.ts';
import { headOf } from './open-file.ts';
import type { IdRule } from './row-ids.ts';
import type { SourceFault } from './source-record.ts';

/** Notes of an import that outlast a run: its progress, and the rows that gave no events. */
export interface ImportNotes {
  /** Progress of an earlier run of the same import; `undefined` if there was none. */
  readonly earlier: Pick<NotesContent, 'counts' | 'times' | 'isDone'> | undefined;
  readonly rejectedFile: string;
  /** Rule by which rows get their ids. */
  readonly ids: IdRule;
  /**
   * Notice to show before anything is sent: that rows of an earlier import are repeated
   * or contradicted.
   */
  readonly notice: string | undefined;
  save(progress: Pick<NotesContent, 'counts' | 'times' | 'isDone'>): Promise<void>;
  keepFaults(faults: readonly SourceFault[]): Promise<void>;
}

const HEAD_BYTES = 64 * 1024;

/** Opens the notes of one file. The same file, mapping and target make the same import. */
export async function openNotes(options: NotesOptions): Promise<ImportNotes> {
  const file = resolve(options.file);
  const folder = options.folder ?? (await writableFolder(dirname(file)));
  await mkdir(folder, { recursive: true });
  const mapping = hashOf(options.mappingText);
  const notesFile = notesFileOf(folder, options);
  const rejectedFile = join(folder, `${basename(file)}.rejected.ndjson`);
  const { size, head } = await headOf(file, HEAD_BYTES);
  const earlier = await earlierImports([folder], file, options.target);
  const { ids, notice } = identityOfRows(earlier, notesFile, options);
  if (options.restart) await Promise.all(earlier.filter(isByNumber).map(({ path }) => rm(path, { force: true })));
  const found = options.restart ? undefined : earlier.find(({ path }) => path === notesFile)?.notes;
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
    ids,
    identity: [...identityOf(options.mapping)],
  };
  return {
    earlier: isSame ? found : undefined,
    rejectedFile,
    ids,
    notice,
    async save(progress) {
      const next: NotesContent = { ...content, ...progress };
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

/** Tries to write, because permissions alone do not tell (read-only mounts, root). */
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
