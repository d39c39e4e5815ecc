import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { letGiveWay } from '@touchstone/threads/give-way';
import type { ChdbConnection } from 'chdb/connection';
import { type BlockFiles, blockFiles } from './block-files.ts';
import { restoreFatalSignals } from './fatal-signals.ts';
import { ReadModelError } from './read-model-error.ts';

/** A folder that this process has, and alone. */
export interface EmbeddedEngine {
  /** Each runs one statement at a time, all of them in parallel. Whoever takes one closes it. */
  readonly connections: readonly ChdbConnection[];
  /** Where blocks wait for the engine to read them. */
  readonly incoming: BlockFiles;
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
  try {
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < connectionCount; i++) connections.push(createChdbConnection({ path: folder }));
    // Kept as long as the session; given with each statement, they would be a statement more each time.
    for (const connection of connections) await connection.command({ query: SESSION_SETTINGS });
    restoreFatalSignals();
    // Only now is the folder ours: what lies there is left over from a kill.
    rmSync(incoming, { recursive: true, force: true });
    mkdirSync(incoming);
  } catch (error) {
    for (const connection of connections) void connection.close();
    throw openingError(folder, error);
  }
  return { connections, incoming: blockFiles(incoming) };
}

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
  const pid = Number(/PID: (\d+)/.exec(readFileSync(file, 'utf8'))?.[1]);
  if (!Number.isInteger(pid) || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? pid : undefined;
  }
}
