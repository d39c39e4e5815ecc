import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL server of this machine's package, for comparison. */
export interface Postgres {
  /** Runs one statement. Returns its rows as text, and ms as psql measures them. */
  run(sql: string): Promise<{ readonly rows: readonly (readonly string[])[]; readonly ms: number }>;
  /** Appends lines of tab-separated text to a table. */
  copy(table: string, lines: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** Why there is none to compare with; null where there is. */
export function postgresMissing(): string | null {
  const found = spawnSync('postgres', ['--version'], { encoding: 'utf8' });
  if (found.status !== 0) return 'PostgreSQL is not installed (Debian: postgresql-15)';
  return / 15\./.test(found.stdout) ? null : `it is ${found.stdout.trim()}, not 15`;
}

/**
 * Settings for one client that analyses, on a machine of its own, as the manual advises: a quarter
 * of the memory as shared buffers, three quarters as what the system caches, room to sort and hash
 * in memory, all cores for one statement, and costs of pages that are in memory.
 */
function settings(): string[] {
  const mebibytes = Math.floor(totalmem() / 2 ** 20);
  return [
    `shared_buffers=${Math.floor(mebibytes / 4)}MB`,
    `effective_cache_size=${Math.floor((mebibytes * 3) / 4)}MB`,
    'work_mem=512MB',
    'maintenance_work_mem=1GB',
    'max_parallel_workers_per_gather=4',
    'random_page_cost=1.1',
    'max_wal_size=16GB',
    'wal_level=minimal',
    'max_wal_senders=0',
    'synchronous_commit=off',
    'listen_addresses=',
  ];
}

/** Starts a server. Root runs it as the user `postgres`, because it refuses to run as root. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-bench-postgres-'));
  const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : [];
  if (asUser.length > 0) chownSync(folder, idOf('-u'), idOf('-g'));
  const data = join(folder, 'data');
  await finished([...asUser, 'initdb', '-D', data, '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']);
  const options = settings().flatMap((setting) => ['-c', setting]);
  const control = [...asUser, 'pg_ctl', '-D', data, '-l', join(folder, 'log'), '-w'];
  await finished([...control, '-o', `${options.join(' ')} -k ${folder}`, 'start']);
  const psql = [...asUser, 'psql', '-h', folder, '-d', 'postgres', '-qAtX', '-v', 'ON_ERROR_STOP=1'];
  return {
    run: async (sql) => {
      const told = await finished([...psql, '-c', '\\timing on', '-c', sql]);
      const lines = told.trimEnd().split('\n');
      const ms = Number(/^Time: ([\d.]+) ms/.exec(lines.pop()!)![1]);
      return { ms, rows: lines.map((line) => line.split('|')) };
    },
    copy: async (table, lines) => void (await finished([...psql, '-c', `COPY ${table} FROM STDIN`], lines)),
    stop: async () => {
      await finished([...control, '-m', 'fast', 'stop']);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (flag: '-u' | '-g') => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);

/** Resolves with the program's output once it has ended. */
function finished([program, ...words]: readonly string[], input?: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    // The server inherits the pipes of pg_ctl, which would stay open.
    const output = words.includes('start') ? 'ignore' : 'pipe';
    const child = spawn(program!, words, { stdio: ['pipe', output, output] });
    const [told, complained]: [string[], string[]] = [[], []];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => told.push(text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => complained.push(text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(told.join(''));
      else reject(new Error(`${program} ended with ${code}: ${complained.join('')}`));
    });
    child.stdin!.on('error', () => undefined);
    child.stdin!.end(input);
  });
}
