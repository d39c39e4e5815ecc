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
import type { ChdbConnection } from 'chdb/connection';
import { ReadModelError, type ReadModelErrorCode } from '../read-model-error.ts';
import { type BlockFiles, blockFiles } from './block-files.ts';
import { restoreFatalSignals } from './fatal-signals.ts';

/** A folder that this process has, and alone. */
export interface EmbeddedEngine {
  /** Each runs one statement at a time, all of them in parallel. Whoever takes one closes it. */
  readonly connections: readonly ChdbConnection[];
  /** Where blocks wait for the engine to read them. */
  readonly incoming: BlockFiles;
  /** Whoever had the folder before closed it. */
  readonly wasStopped: boolean;
  /** Once all connections are closed: the next one who opens it is told so. */
  readonly noteStopped: () => void;
}

/**
 * Answers are short: formatting them in parallel costs more for its threads than it gains. And a session reads files by itself: handing a read to another thread, as the engine does
 * where a file system (tmpfs) cannot say beforehand whether it will have to wait, is a fifth of a question.
 */
const SESSION_SETTINGS = `SET output_format_parallel_formatting = 0, local_filesystem_read_method = 'pread'`;

/**
 * The one file that knows the embedded engine, which costs some 0.3 s of CPU and 200 MB where it is loaded: so only who opens a folder loads it.
 * @throws ReadModelError `locked` if another process has the folder, `corrupt`.
 */
export async function openEmbeddedEngine(folder: string, connectionCount: number): Promise<EmbeddedEngine> {
  const { createChdbConnection } = await import('chdb/connection');
  const incoming = join(folder, 'incoming');
  const connections: ChdbConnection[] = [];
  assertUsable(folder);
  const stopped = join(folder, STOPPED);
  const wasStopped = existsSync(stopped);
  try {
    for (let i = 0; i < connectionCount; i++) connections.push(createChdbConnection({ path: folder }));
    // Kept as long as the session; given with each statement, they would be a statement more each time.
    for (const connection of connections) await connection.command({ query: SESSION_SETTINGS });
    restoreFatalSignals();
    // Only now is the folder ours: what lies there is left over from a kill.
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(incoming);
    rmSync(stopped, { force: true });
  } catch (error) {
    for (const connection of connections) void connection.close();
    throw openingError(folder, error);
  }
  const noteStopped = () => writeFileSync(stopped, '');
  return { connections, incoming: blockFiles(incoming), wasStopped, noteStopped };
}

/** A file that lies in the folder while nobody has it, if the last one closed it. */
const STOPPED = 'stopped-in-good-order';

/**
 * What keeps anybody from writing there is no damage, and the engine does not tell it apart.
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
 * Whoever asks comes before merging. The engine starts its merging threads with its first table, so this is for when there is one. The engine's own
 * setting for it (`os_threads_nice_value_merge_mutate`) asks for privileges.
 */
export function letMergesGiveWay(): void {
  letGiveWay('MergeMutate');
}

/** The engine says only that it could not connect; the folder's status file names the process that holds it. */
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

/** Whoever has the file locked, as the kernel knows it, whatever is written there. */
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
