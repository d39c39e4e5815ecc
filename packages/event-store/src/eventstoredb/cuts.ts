import type { StreamCut } from '../port.ts';
import { lastOf } from './connection.ts';
import { isErased } from './failure.ts';
import { type LogAccess, lastPosition } from './subscribe/follow.ts';

/**
 * Called by a reader or an appender that met a stream whose beginning is missing. `first` is the
 * revision of the first event left, -1 if unknown.
 */
export type OnCut = (stream: string, by: 'read' | 'append', first: number) => void;

type Asked = Pick<LogAccess, 'connection' | 'names'>;

/**
 * Finds what operators removed from the beginning of a stream: they deleted it, softly or for good,
 * or limited it (`$maxCount`, `$maxAge`, `$tb`). Such actions appear in no stream that the log's
 * readers see, so this asks the stream itself for its first event.
 */
export async function cutOfStream(log: Asked, stream: string): Promise<StreamCut | null> {
  const found = await firstOf(log, stream);
  if (found !== 'none' && found !== 'erased') return found.revision === 0 ? null : cutBefore(found);
  // Reads the head before it asks the stream again, so that events appended meanwhile are not taken
  // for cut.
  const head = await lastPosition(log);
  const still = await firstOf(log, stream);
  if (still === 'erased') return { upTo: head, from: null, isErased: true };
  return still === 'none' ? deleted(log, stream, head) : cutBefore(still);
}

const cutBefore = ({ position, createdAt }: { readonly position: bigint; readonly createdAt: number }): StreamCut => ({
  upTo: position - 1n,
  from: createdAt,
  isErased: false,
});

async function firstOf({ connection, names }: Asked, stream: string) {
  try {
    const records = await connection.collect({ stream: names.inDatabase(stream), from: 0, count: 1 });
    return records?.[0] ?? 'none';
  } catch (error) {
    if (isErased(error)) return 'erased';
    throw error;
  }
}

/**
 * The cut of an empty stream. A deletion is kept as the stream's metadata, after everything
 * deleted; a limit removes events as time passes.
 */
async function deleted({ connection, names }: Asked, stream: string, head: bigint): Promise<StreamCut | null> {
  const last = await lastOf(connection, `$$${names.inDatabase(stream)}`);
  if (last === undefined) return null;
  return { upTo: last.data.includes(DELETED) ? last.position : head, from: null, isErased: false };
}

/** Value of `$tb` in a stream that was deleted and not written to since. */
const DELETED = '9223372036854775807';
