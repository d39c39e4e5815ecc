import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { columnsRead } from './compile-mapping.ts';
import type { Mapping } from './mapping.ts';
import { type NotesContent, type NotesOptions, notesFileOf, readNotes } from './notes-file.ts';
import type { IdRule } from './row-ids.ts';

/** Notes of one import of a file, with any mapping. */
export interface EarlierImport {
  readonly path: string;
  readonly notes: NotesContent;
}

/** All imports of a file into one system that have notes in these folders. */
export async function earlierImports(
  folders: readonly string[],
  file: string,
  target: string,
): Promise<readonly EarlierImport[]> {
  const found: EarlierImport[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((name) => name.startsWith(`${basename(file)}.`) && name.endsWith('.import.json'))) {
      const path = join(folder, name);
      const notes = await readNotes(path);
      if (notes?.file === file && notes.target === target) found.push({ path, notes });
    }
  }
  return found;
}

export const isByNumber = ({ notes }: EarlierImport): boolean => notes.ids === 'row-number';

/** Inputs of the ids of a file's rows; if they differ, so do the ids. */
export function identityOf(mapping: Mapping | undefined): readonly string[] {
  if (mapping === undefined) return [];
  return mapping.id === undefined ? columnsRead(mapping) : [`id ${mapping.id}`];
}

export interface RowIdentity {
  readonly ids: IdRule;
  readonly notice: string | undefined;
}

/**
 * Decides how rows get their ids. A file imported when ids came from row numbers keeps that rule
 * until a restart, so that nothing is stored twice; a notice says if ids or events will differ from
 * those of an earlier import.
 */
export function identityOfRows(
  earlier: readonly EarlierImport[],
  notesFile: string,
  { mapping, restart }: Pick<NotesOptions, 'mapping' | 'restart'>,
): RowIdentity {
  const byNumber = earlier.filter(isByNumber);
  const own = earlier.find(({ path }) => path === notesFile);
  const ids: IdRule = restart ? 'content' : (own?.notes.ids ?? (byNumber.length === 0 ? 'content' : 'row-number'));
  // CloudEvents bring their own ids.
  if (mapping === undefined) return { ids, notice: undefined };
  const stored = earlier.filter(hasStored);
  const [other] = stored;
  if (restart && byNumber.some(hasStored) && mapping.id === undefined) return { ids, notice: RESTARTED };
  if (own !== undefined || other === undefined) return { ids, notice: undefined };
  if (ids === 'row-number') return { ids, notice: mapping.id === undefined ? SAME_COLUMNS : OWN_ID };
  const is = identityOf(mapping);
  const isKnown = stored.some(({ notes }) => JSON.stringify(notes.identity) === JSON.stringify(is));
  return { ids, notice: isKnown ? SAME_COLUMNS : otherColumns(other.notes.identity, is) };
}

const hasStored = ({ notes }: EarlierImport): boolean => notes.counts.events > 0;

const RESTARTED =
  'this file was imported when ids were made of row numbers. Now they are made of what the rows hold, so its rows are stored again ' +
  'beside the earlier ones. Without --restart they keep their ids.';

const SAME_COLUMNS =
  'this file was imported with another mapping. Its rows keep their ids: what becomes the same event is a duplicate, what becomes ' +
  'another one is refused as a conflict.';

const OWN_ID =
  'this file was imported with another mapping. If that one did not tell its rows apart by the same `id`, they are stored again ' +
  'beside the earlier ones.';

function otherColumns(was: readonly string[], is: readonly string[]): string {
  return (
    'this file was imported with another mapping, which told its rows apart by other columns ' +
    `(then ${was.join(', ')}; now ${is.join(', ')}). They get new ids and are stored again beside the earlier ones.`
  );
}

/**
 * The rule and the notice with which an import of the file would begin; reads its notes and writes
 * nothing.
 */
export async function foreseenIdentity(options: NotesOptions): Promise<RowIdentity> {
  const file = resolve(options.file);
  const folders = options.folder === undefined ? [dirname(file), resolve('.touchstone', 'imports')] : [options.folder];
  const earlier = await earlierImports(folders, file, options.target);
  const own = earlier.find(({ path }) => basename(path) === basename(notesFileOf(folders[0]!, options)));
  return identityOfRows(earlier, own?.path ?? '', options);
}
