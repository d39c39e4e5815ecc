import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EventStoreError } from '../port.ts';
import type { CopySide, CopyTarget } from './sides.ts';

export * from './copy-log.ts';
export type { NamedPosition, NamedPositionIn } from './named-positions.ts';
export type { CopySide, CopyTarget } from './sides.ts';

/** Name of the log's file in a data folder. */
const FILE_IN_FOLDER = 'events.db';

/**
 * Open the log to copy: `sqlite:FILE`, a data folder, or `esdb://…`. Throws the EventStoreErrors of
 * opening a store, and `refused` if there is no log.
 */
export async function openCopySource(url: string): Promise<CopySide> {
  if (isEventStoreDb(url)) return (await import('./eventstoredb-side.ts')).eventStoreDbCopySource({ url });
  return (await import('./sqlite-side.ts')).sqliteCopySource(fileOf(url));
}

/**
 * Open the log to fill, with `inFlight` appends to a server at a time, and create it if it does not
 * exist. Throws `locked` for a file that a process has open.
 */
export async function openCopyTarget(url: string, inFlight = 1): Promise<CopyTarget> {
  if (isEventStoreDb(url)) return (await import('./eventstoredb-side.ts')).eventStoreDbCopyTarget({ url }, inFlight);
  return (await import('./sqlite-side.ts')).sqliteCopyTarget(fileOf(url));
}

const isEventStoreDb = (url: string): boolean => /^esdb(\+discover)?:/i.test(url);

function fileOf(url: string): string {
  const [, scheme, rest = ''] = /^([a-z][a-z+]+):(.*)$/is.exec(url) ?? [];
  if (scheme?.toLowerCase() === 'sqlite') return resolve(rest.replace(/^\/\//, ''));
  if (scheme !== undefined) {
    throw new EventStoreError(
      'refused',
      `A log is a data folder, sqlite:FILE or esdb://HOST:PORT, and not ${JSON.stringify(`${scheme}:`)}.`,
    );
  }
  const path = resolve(url);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : join(path, FILE_IN_FOLDER);
}
