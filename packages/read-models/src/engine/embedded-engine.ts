import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { letGiveWay } from '@touchstone/threads/give-way';
import type { Session } from 'chdb';
import type { ChdbConnection } from 'chdb/connection';
import { ReadModelError, type ReadModelErrorCode } from '../read-model-error.ts';
import { type BlockFiles, blockFiles } from './block-files.ts';
import { restoreFatalSignals } from './fatal-signals.ts';

/** A folder that only this process has open. */
export interface EmbeddedEngine {
  /**
   * Each connection runs one statement at a time, and all run in parallel. The caller closes the
   * connections.
   */
  readonly connections: readonly ChdbConnection[];
  /** Opens a session of its own, whose answers can be streamed. The caller closes it. */
  readonly openSession: () => EngineSession;
  /** Files through which the engine reads blocks. */
  readonly incoming: BlockFiles;
  /** Folder of files that the engine writes; it is empty at first. */
  readonly outgoing: string;
  /** True if the previous process closed the folder properly. */
  readonly wasStopped: boolean;
  /** Call it once all connections are closed: it records the proper stop for the next process. */
  readonly noteStopped: () => void;
}

/** Some rows of an answer, as the engine wrote them. */
export interface RowsWritten {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** A session that runs one statement at a time. */
export interface EngineSession {
  run(sql: string): Promise<void>;
  /** Returns the whole answer, TabSeparated where the statement names no format. */
  ask(sql: string): Promise<Uint8Array>;
  /** Chunks of whole rows; the engine writes each chunk on its own, as if it were the answer. */
  stream(sql: string): AsyncIterable<RowsWritten>;
  close(): void;
}

/**
 * Session settings. Answers are short, so threads for parallel formatting cost more than they save;
 * and each session reads files itself, because handing a read to another thread (the engine's
 * default where a file system such as tmpfs cannot predict blocking) takes a fifth of a query.
 */
const SESSION_SETTINGS = `SET output_format_parallel_formatting = 0, local_filesystem_read_method = 'pread'`;

/**
 * Opens the folder; this is the only file that imports the embedded engine. Loading it costs about
 * 0.3 s of CPU and 200 MB, so only a process that opens a folder does it.
 * @throws ReadModelError `locked` if another process has the folder, `corrupt`.
 */
export async function openEmbeddedEngine(folder: string, connectionCount: number): Promise<EmbeddedEngine> {
  const [{ createChdbConnection }, { Session }] = await Promise.all([import('chdb/connection'), import('chdb')]);
  const incoming = join(folder, 'incoming');
  const outgoing = join(folder, 'outgoing');
  const connections: ChdbConnection[] = [];
  assertUsable(folder);
  const stopped = join(folder, STOPPED);
  const wasStopped = existsSync(stopped);
  try {
    for (let i = 0; i < connectionCount; i++) connections.push(createChdbConnection({ path: folder }));
    // These settings last as long as the session; with each statement they would cost an extra
    // statement.
    for (const connection of connections) await connection.command({ query: SESSION_SETTINGS });
    restoreFatalSignals();
    // The folder is ours only now: remaining files come from a killed process.
    for (const own of [incoming, outgoing]) {
      rmSync(own, { recursive: true, force: true });
      mkdirSync(own);
    }
    rmSync(stopped, { force: true });
  } catch (error) {
    for (const connection of connections) void connection.close();
    throw openingError(folder, error);
  }
  const noteStopped = () => writeFileSync(stopped, '');
  const openSession = () => engineSession(new Session(folder));
  return { connections, openSession, incoming: blockFiles(incoming), outgoing, wasStopped, noteStopped };
}

function engineSession(session: Session): EngineSession {
  return {
    run: async (sql) => void (await session.queryAsync(sql)),
    ask: async (sql) => (await session.queryAsync(sql, { format: 'TabSeparated' })).bytes(),
    async *stream(sql) {
      for await (const chunk of session.queryStream(sql)) yield { bytes: chunk.raw(), rows: chunk.numRows };
    },
    close: () => session.close(),
  };
}

/**
 * Marker file that exists while nobody has the folder open, if the last process closed it properly.
 */
const STOPPED = 'stopped-in-good-order';

/**
 * Checks that the folder is writable, because the engine reports missing rights like damage.
 * @throws ReadModelError `denied`, `full`, `invalid`.
 */
function assertUsable(folder: string): void {
  const probe = join(folder, 'may-be-written');
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of ['.', ...readdirSync(folder)]) accessSync(join(folder, name), constants.R_OK | constants.W_OK);
    writeFileSync(probe, Buffer.alloc(4096));
    rmSync(probe);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const [typed, told] = UNUSABLE[code] ?? ['invalid', `cannot be used: ${message}`];
    throw new ReadModelError(typed, `The folder of the read model, ${folder}, ${told}`, { cause: error });
  }
}

const ANOTHERS =
  'is not ours to read and write: give it to the user that Touchstone runs as (chown -R), or start Touchstone as that user.';
const NO_ROOM = 'is on a disk without room: make some. Nothing in it is damaged, and it goes on by itself.';
const NO_FOLDER =
  'is no folder: move away the file of that name, or set another folder (TOUCHSTONE_DATA, CLICKHOUSE_URL).';

const UNUSABLE: Readonly<Record<string, readonly [ReadModelErrorCode, string]>> = {
  EACCES: ['denied', ANOTHERS],
  EPERM: ['denied', ANOTHERS],
  EROFS: [
    'denied',
    'is on a disk that may only be read: mount it for writing, or set another folder (TOUCHSTONE_DATA).',
  ],
  ENOSPC: ['full', NO_ROOM],
  EDQUOT: ['full', NO_ROOM],
  EEXIST: ['invalid', NO_FOLDER],
  ENOTDIR: ['invalid', NO_FOLDER],
};

/**
 * Gives merges a lower CPU priority than queries. Call it once a table exists, because the engine
 * starts its merge threads with the first one; its own setting
 * (`os_threads_nice_value_merge_mutate`) would need privileges.
 */
export function letMergesGiveWay(): void {
  letGiveWay('MergeMutate');
}

/**
 * The engine only reports that it could not connect; the folder's status file names the process
 * that holds it.
 */
function openingError(folder: string, error: unknown): ReadModelError {
  const holder = holderOf(folder);
  if (holder !== undefined) {
    return new ReadModelError(
      'locked',
      `${folder} is open in another process (${holder}). One process at a time can have it: stop that one, or choose another folder.`,
      { cause: error },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ReadModelError(
    'corrupt',
    `${folder} cannot be opened as a read model: ${reason}. It can be moved away and rebuilt from the log.`,
    { cause: error },
  );
}

function holderOf(folder: string): number | undefined {
  const file = join(folder, 'status');
  if (!existsSync(file)) return undefined;
  return lockHolderOf(file) ?? namedIn(file);
}

/**
 * The process that has locked the file according to the kernel, regardless of the file's content.
 */
function lockHolderOf(file: string): number | undefined {
  if (!existsSync(LOCKS)) return undefined;
  const { ino } = statSync(file);
  for (const lock of readFileSync(LOCKS, 'utf8').split('\n')) {
    const pid = Number(new RegExp(`^\\d+: FLOCK +\\S+ +WRITE (\\d+) \\S+:${ino} `).exec(lock)?.[1]);
    if (Number.isInteger(pid) && pid !== process.pid) return pid;
  }
  return undefined;
}

const LOCKS = '/proc/locks';

function namedIn(file: string): number | undefined {
  const pid = Number(/PID: (\d+)/.exec(readFileSync(file, 'utf8'))?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}
