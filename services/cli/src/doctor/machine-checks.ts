import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { availableSqliteDrivers, openEventStore } from '@touchstone/event-store';
import { openClickHouse } from '@touchstone/read-models';
import { type Config, ConfigError, readConfig, readKeys } from '@touchstone/runtime';
import { z } from 'zod';
import { readDefinitions } from '../commands/definition-commands.ts';
import { whole } from '../terminal/style.ts';
import { bad, type Check, good, unknown } from './check.ts';
import { readModelCheck, serverChecks } from './server-checks.ts';

/** The versions of `engines` in package.json. */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19);
  return fits
    ? good('Node.js', version)
    : bad('Node.js', version, 'Install Node.js 20.19 or later of 20, 22.13 or later of 22, or 24 and above.');
}

/** Loads SQLite and the ClickHouse engine and runs a query in each, in temporary folders. */
export async function nativeChecks(): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-doctor-'));
  try {
    return [sqliteCheck(folder), await chdbCheck(folder)];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sqliteCheck(folder: string): Check {
  const what = 'SQLite';
  const advice =
    'Install anew (npx --yes pnpm@12 install), on a platform that libsql has a binary for, or use Node.js 22.13 or later.';
  const [driver] = availableSqliteDrivers();
  if (driver === undefined) return bad(what, 'neither node:sqlite nor libsql loads', advice);
  try {
    const database = driver.open(join(folder, 'probe.db'));
    database.exec('CREATE TABLE probe (n INTEGER)');
    database.close();
    return good(what, driver.name);
  } catch (error) {
    return bad(what, (error as Error).message, advice);
  }
}

async function chdbCheck(folder: string): Promise<Check> {
  const what = 'ClickHouse engine (chdb)';
  try {
    const clickhouse = await openClickHouse(`chdb:${join(folder, 'probe')}`);
    const [row] = await clickhouse.query('SELECT version() AS version', {}, z.object({ version: z.string() }));
    await clickhouse.close();
    return good(what, row?.version ?? 'answers');
  } catch (error) {
    const advice =
      'Install anew (npx --yes pnpm@12 install); chdb runs on Linux (glibc) and macOS. Or set CLICKHOUSE_URL to a server.';
    return bad(what, (error as Error).message, advice);
  }
}

/**
 * Checks the configuration, the data folder and the configured servers; if no system is running,
 * also the store, its rows and the port.
 */
export async function dataChecks(
  environment: Readonly<Record<string, string | undefined>>,
  isRunning: boolean,
): Promise<Check[]> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map(({ variable, value, message }) =>
      bad(`${variable}=${value}`, message, 'Mend it or unset it.'),
    );
  }
  const checks = [await folderCheck(config.dataFolder), ...privacyChecks(config)];
  if (isRunning) {
    checks.push(unknown('event store and read model', 'held by the running system'));
  } else {
    checks.push(...(await storeChecks(config)), await readModelCheck(config), await portCheck(config));
  }
  return [...checks, ...(await serverChecks(config))];
}

const ROOM_NEEDED = 2 * 1024 ** 3;

async function folderCheck(folder: string): Promise<Check> {
  const what = `data folder ${folder}`;
  // The first start creates the folder; until then its parent is checked.
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const probe = join(existing, `.touchstone-doctor-${process.pid}`);
  try {
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    return bad(
      what,
      `cannot be written: ${(error as Error).message}`,
      'Set TOUCHSTONE_DATA to a folder that this user may write.',
    );
  }
  const { bavail, bsize } = await statfs(existing);
  const room = bavail * bsize;
  const found = `writable, ${(room / 1024 ** 3).toFixed(1)} GiB free${existing === folder ? '' : ' (it does not exist yet)'}`;
  return room >= ROOM_NEEDED
    ? good(what, found)
    : bad(what, found, 'Free some space: below 2 GiB a rebuild may not fit.');
}

/**
 * Existing files must be closed to other users of the machine; the product closes those that it
 * creates.
 */
function privacyChecks({ dataFolder, eventStore }: Config): Check[] {
  const files = eventStore.scheme === 'sqlite' ? ['', '-wal', '-shm'].map((end) => `${eventStore.file}${end}`) : [];
  const open = [...openIn(dataFolder), ...files.filter(isOpen).filter((file) => dirname(file) !== dataFolder)];
  if (open.length === 0) return [];
  const found = `can be read by other users of this machine, whatever keys there are: ${open.slice(0, 3).join(', ')}`;
  return [bad('who may read the log', found, `chmod -R go-rwx ${open.length > 1 ? dataFolder : open[0]}`)];
}

/**
 * Entries of a folder that other users may read; a closed folder protects its entries. A mounted
 * folder may be open if its entries are closed.
 */
function openIn(folder: string): readonly string[] {
  if (!isOpen(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter(isOpen);
}

function isOpen(path: string): boolean {
  return process.platform !== 'win32' && existsSync(path) && (statSync(path).mode & 0o077) !== 0;
}

async function storeChecks({ eventStore }: Config): Promise<Check[]> {
  return eventStore.scheme === 'sqlite' ? [await storeCheck(eventStore.file)] : [];
}

/** Opens the store briefly, which finds a lock, damage, or a file that is no database. */
async function storeCheck(file: string): Promise<Check> {
  const what = 'event store';
  if (!existsSync(file)) return unknown(what, `${file} does not exist yet; the first start makes it`);
  try {
    const store = await openEventStore(`sqlite:${file}`);
    const { accepted, stored } = await store.counts();
    await store.close();
    if (accepted !== stored) {
      return bad(
        what,
        `${whole(accepted)} events were accepted, ${whole(stored)} are there`,
        'Restore the file from a backup.',
      );
    }
    return good(what, `${file}, ${whole(stored)} events`);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === 'locked') {
      return bad(what, message, 'A system has it open but does not answer at --url: give the url it really has.');
    }
    return bad(what, message, 'Keep a copy of the file before anything else; then restore a backup.');
  }
}

async function portCheck({ host, port }: Config): Promise<Check> {
  const what = `port ${host}:${port}`;
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) => {
      const advice =
        error.code === 'EADDRINUSE'
          ? 'Another program has it: stop that, or set PORT.'
          : 'Set HOST and PORT to what this machine has.';
      resolve(bad(what, error.message, advice));
    });
    server.listen({ host, port }, () => server.close(() => resolve(good(what, 'free'))));
  });
}

export function keysCheck(file: string | undefined): Check {
  const what = 'file of keys';
  if (!file) return unknown(what, 'TOUCHSTONE_KEYS is not set: open to programs of this machine alone');
  try {
    readKeys(file);
  } catch (error) {
    return bad(what, (error as Error).message, '`pnpm touchstone key NAME --scopes …` prints an entry as it must be.');
  }
  const { mode } = statSync(file);
  if ((mode & 0o022) !== 0) return bad(what, `${file} can be written by others`, `chmod go-w ${file}`);
  return good(what, file);
}

export function definitionsCheck(path: string | undefined): Check {
  const what = 'definitions';
  if (!path) return unknown(what, 'DEFINITIONS is not set');
  try {
    const isFolder = statSync(path).isDirectory();
    const files = isFolder
      ? readdirSync(path)
          .filter((name) => name.endsWith('.json'))
          .map((name) => join(path, name))
      : [path];
    const types = files.flatMap((file) => readDefinitions(file).map(({ type }) => type));
    const twice = types.find((type, index) => types.indexOf(type) !== index);
    if (twice !== undefined) return bad(what, `${twice} is defined twice`, 'Keep one of the two.');
    return good(what, `${types.length} of ${path}: ${types.join(', ')}`);
  } catch (error) {
    return bad(
      what,
      (error as Error).message,
      'The shape is described at /docs of a running system: PUT /v1/definitions/{type}.',
    );
  }
}
