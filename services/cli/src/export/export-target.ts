import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { exportedPosition } from '@touchstone/event-store';
import { CliError } from '../cli-error.ts';
import { gzipMember, HEADER_BYTES, isPartOfHeader, memberLength, textOfMember } from './gzip-members.ts';

/** The last complete event of a file, and its position. */
export interface LastEvent {
  readonly line: string;
  readonly position: bigint;
}

/** The file that an export writes and resumes. */
export interface ExportTarget {
  /** Undefined if the file holds no event yet. */
  readonly last: LastEvent | undefined;
  /** Appends whole lines; resolves once they are on the disk. */
  append(lines: string): Promise<void>;
  close(): Promise<void>;
}

/** The last complete event of a file, and the length up to which the file is complete. */
interface Standing {
  readonly last: LastEvent | undefined;
  readonly bytes: number;
}

/**
 * Creates the file, or opens one of an earlier export (gzipped if its name ends in `.gz`) and
 * truncates a half-written end.
 * @throws CliError for a file that no export wrote.
 */
export async function openExportTarget(file: string): Promise<ExportTarget> {
  const isPacked = file.endsWith('.gz');
  const handle = await open(file, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND).catch((error: Error) => {
    throw new CliError(`${file} cannot be written: ${error.message}`);
  });
  try {
    const { size } = await handle.stat();
    const standing = isPacked ? await packedStanding(handle, size, file) : await plainStanding(handle, size, file);
    if (standing.bytes < size) await handle.truncate(standing.bytes);
    let isEmpty = standing.bytes === 0;
    const append = async (lines: string) => {
      await handle.appendFile(isPacked ? await gzipMember(lines) : lines);
      await handle.datasync();
      isEmpty = false;
    };
    return {
      last: standing.last,
      append,
      async close() {
        // An empty file is no valid gzip file.
        if (isPacked && isEmpty) await append('');
        await handle.close();
      },
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Upper limit of the last line: an event of 1 MiB, of which JSON escapes may make six. */
const TAIL_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 0x0a;

async function plainStanding(handle: FileHandle, size: number, file: string): Promise<Standing> {
  if (size === 0) return { last: undefined, bytes: 0 };
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = await bytesAt(handle, from, size - from);
  const end = tail.lastIndexOf(LINE_FEED);
  if (end === -1) throw notExported(file);
  return { last: lastEventIn(tail.toString('utf8', 0, end + 1), file), bytes: from + end + 1 };
}

async function packedStanding(handle: FileHandle, size: number, file: string): Promise<Standing> {
  const members: { readonly at: number; readonly length: number }[] = [];
  let at = 0;
  while (at < size) {
    const header = await bytesAt(handle, at, Math.min(HEADER_BYTES, size - at));
    const length = memberLength(header);
    if (length === undefined && !(isPartOfHeader(header) && (at > 0 || size === header.length)))
      throw notExported(file);
    if (length === undefined || at + length > size) break;
    members.push({ at, length });
    at += length;
  }
  for (const { at, length } of members.reverse()) {
    const text = textOfMember(await bytesAt(handle, at, length));
    if (text !== undefined && text !== '') return { last: lastEventIn(text, file), bytes: at + length };
  }
  return { last: undefined, bytes: 0 };
}

function lastEventIn(lines: string, file: string): LastEvent {
  const line = lines.slice(lines.lastIndexOf('\n', lines.length - 2) + 1, -1);
  const position = exportedPosition(line);
  if (position === undefined) throw notExported(file);
  return { line, position };
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

const notExported = (file: string) =>
  new CliError(
    `${file} exists, and no export wrote it (its last line bears no position of a log): name another file, or remove it.`,
  );
