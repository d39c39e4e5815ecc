import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { batch, customerRow, momentRow } from '../../testing/row-fixtures.ts';
import { openReadModels } from '../read-models.ts';
import { openOrSetAside, type SetAside } from './set-aside.ts';

let root: string;
let folder: string;
let aside: SetAside[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'touchstone-aside-'));
  folder = join(root, 'clickhouse');
  aside = [];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = () => openOrSetAside(folder, undefined, (one) => void aside.push(one));
const damagedBeside = () => readdirSync(root).filter((name) => name.startsWith('clickhouse.damaged-'));

test('a folder that the migrations of another build wrote is set aside, in those words, and another one opened', async () => {
  const before = await openReadModels(`chdb:${folder}`);
  await before.createGeneration('{}');
  await before.clickhouse.command(
    `ALTER TABLE touchstone.migrations UPDATE sha256 = 'another' WHERE 1 SETTINGS mutations_sync = 2`,
  );
  await before.close();
  const readModels = await open();
  expect(aside).toEqual([{ to: join(root, damagedBeside()[0]!), why: 'its tables were made by another build' }]);
  expect(await readModels.listGenerations()).toEqual([]);
  await readModels.close();
});

const pathRow = z.object({ path: z.string() });

/** Damage by a bad disk: another length of a block, or other bytes throughout. */
const changes = {
  'primary.cidx': (bytes: Buffer) => bytes.map((byte, at) => (at === 20 ? byte ^ 0x41 : byte)),
  'data.bin': (bytes: Buffer) => bytes.map((byte) => byte ^ 0x41),
};

test.each([
  { table: 'checkpoints', file: 'primary.cidx' },
  { table: 'checkpoints', file: 'data.bin' },
  { table: 'writers', file: 'data.bin' },
  { table: 'generations', file: 'data.bin' },
] as const)(
  'a folder that cannot be gone on with, because $table/$file is damaged, is set aside',
  async ({ table, file }) => {
    const before = await openReadModels(`chdb:${folder}`);
    const { number } = await before.createGeneration('{}');
    await before.writeBatch(number, batch(0n, 5n, { moments: [momentRow()], customers: [customerRow()] }));
    await before.switchTo(number);
    const sql = 'SELECT path FROM system.parts WHERE active AND table = {table:String} ORDER BY name LIMIT 1';
    const [part] = await before.clickhouse.query(sql, { table }, pathRow);
    await before.close();
    const damaged = join(part!.path, file);
    writeFileSync(damaged, changes[file](readFileSync(damaged)));

    const readModels = await open();
    const generations = await readModels.listGenerations();
    await readModels.close();
    expect(aside).toEqual([{ to: join(root, damagedBeside()[0]!), why: expect.stringContaining('it is damaged') }]);
    expect(generations).toEqual([]);
  },
);

/**
 * Expects that opening fails with this code and message, and that the intact folder stays in place.
 */
async function expectLeftAlone(code: string, says: RegExp): Promise<void> {
  await expect(open()).rejects.toMatchObject({ name: 'ReadModelError', code, message: expect.stringMatching(says) });
  expect(aside).toEqual([]);
  expect(damagedBeside()).toEqual([]);
  expect(existsSync(folder)).toBe(true);
}

const HOLDER = `
  import { openReadModels } from ${JSON.stringify(new URL('../read-models.ts', import.meta.url).href)};
  await openReadModels('chdb:' + process.argv[1]);
  console.log('open');
  process.stdin.resume();`;

test('a folder that another process has is no damage', async () => {
  const command = ['--import', 'tsx', '--input-type=module', '--eval', HOLDER, folder];
  const holder = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(createInterface(holder.stdout), 'line');
    await expectLeftAlone('locked', new RegExp(`another process \\(.*${holder.pid}`));
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
});

test('a file where the folder should be is no damage', async () => {
  writeFileSync(folder, '');
  await expectLeftAlone('invalid', /is no folder: move away the file/);
});

test.skipIf(process.getuid?.() !== 0)('a folder of another user is no damage (needs to run as root)', async () => {
  chmodSync(root, 0o755);
  mkdirSync(folder, { mode: 0o700 });
  process.seteuid!(65_534);
  try {
    await expectLeftAlone('denied', /is not ours to read and write/);
  } finally {
    process.seteuid!(0);
  }
});

test.each([
  ['that may only be read', ['size=1m', 'ro'], 0, 'denied', /on a disk that may only be read: mount it for writing/],
  ['that is full', ['size=64k'], 64 << 10, 'full', /on a disk without room: make some/],
] as const)('a disk %s is no damage', async (_which, options, ballast, code, says) => {
  mkdirSync(folder);
  if (!isMounted(options)) return;
  try {
    if (ballast > 0) fill(ballast);
    await expectLeftAlone(code, says);
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});

/** False if this user may not mount file systems. */
function isMounted(options: readonly string[]): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options.join(','), 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function fill(bytes: number): void {
  try {
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(bytes));
  } catch {
    // The disk was full before the end.
  }
}
