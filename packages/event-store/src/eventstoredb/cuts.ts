import type { StreamCut } from '../port.ts';
import { lastOf } from './connection.ts';
import { isErased } from './failure.ts';
import { type LogAccess, lastPosition } from './subscribe/follow.ts';

/** Told of a stream whose beginning is missing, by who met it: `first` is the revision of the first event that is left, -1 where none is known. */
export type OnCut = (stream: string, by: 'read' | 'append', first: number) => void;

type Asked = Pick<LogAccess, 'connection' | 'names'>;

/**
 * What operators took from the beginning of a stream: deleted it, softly or for good, or limited it (`$maxCount`, `$maxAge`, `$tb`). What they did stands in no
 * stream that the log's readers see, so the stream itself is asked for its first event.
 */
export async function cutOfStream(log: Asked, stream: string): Promise<StreamCut | null> {
  const found = await firstOf(log, stream);
  if (found !== 'none' && found !== 'erased') return found.revision === 0 ? null : cutBefore(found);
  // Asked before the stream is once more, so that what is appended meanwhile is not taken for cut.
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

/** Of a stream of which nothing is shown: deleting it is kept as its metadata, behind all that was deleted; a limit lets go with time. */
async function deleted({ connection, names }: Asked, stream: string, head: bigint): Promise<StreamCut | null> {
  const last = await lastOf(connection, `$$${names.inDatabase(stream)}`);
  if (last === undefined) return null;
  return { upTo: last.data.includes(DELETED) ? last.position : head, from: null, isErased: false };
}

/** `$tb` of a stream that was deleted and has not gone on. */
const DELETED = '9223372036854775807';
