import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openExportTarget } from './export-target.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-export-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (n: number) => `{"id":"e-${n}","touchstoneposition":"${n}"}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => line(from + i)).join('');

describe.each([
  ['plain', 'log.ndjson', (file: string) => readFileSync(file, 'utf8')],
  ['packed', 'log.ndjson.gz', (file: string) => gunzipSync(readFileSync(file)).toString()],
])('a %s file', (_, name, read) => {
  let file: string;
  beforeEach(() => {
    file = join(folder, name);
  });

  async function write(...parts: readonly string[]) {
    const target = await openExportTarget(file);
    for (const part of parts) await target.append(part);
    await target.close();
    return target.last;
  }

  it('is gone on with behind its last event', async () => {
    expect(await write(lines(1, 3), lines(4, 5))).toBeUndefined();
    expect(await write(lines(6, 6))).toEqual({ line: line(5).trim(), position: 5n });
    expect(await write()).toMatchObject({ position: 6n });
    expect(read(file)).toBe(lines(1, 6));
  });

  it('is a file of its kind where there was no event, and is gone on with', async () => {
    await write();
    expect(read(file)).toBe('');
    expect(await write(lines(1, 2))).toBeUndefined();
    expect(read(file)).toBe(lines(1, 2));
  });

  it('cut off anywhere, it goes on behind the last event that is whole, and loses none before', async () => {
    await write(lines(1, 3));
    const first = readFileSync(file).length;
    await write(lines(4, 6));
    const whole = readFileSync(file);
    for (let cut = first; cut < whole.length; cut++) {
      writeFileSync(file, whole);
      truncateSync(file, cut);
      const last = await write();
      expect(last!.position).toBeGreaterThanOrEqual(3n);
      await write(lines(Number(last!.position) + 1, 7));
      expect(read(file)).toBe(lines(1, 7));
    }
  });

  it('that no export wrote is refused and left as it is', async () => {
    for (const text of ['{"id":"e-1"}\n', 'name;value\n1;2\n', '{"id":', 'x'.repeat(60)]) {
      const others = name.endsWith('.gz') ? [gzipSync(text), Buffer.from(text)] : [Buffer.from(text)];
      for (const bytes of others) {
        writeFileSync(file, bytes);
        await expect(openExportTarget(file)).rejects.toThrow(/no export wrote it/);
        expect(readFileSync(file)).toEqual(bytes);
      }
    }
  });
});

it('a packed part that did not come whole to the disk is written again', async () => {
  const file = join(folder, 'log.ndjson.gz');
  const first = await openExportTarget(file);
  await first.append(lines(1, 3));
  await first.append(lines(4, 400));
  await first.close();
  const bytes = readFileSync(file);
  bytes.fill(0, bytes.length - 40);
  writeFileSync(file, bytes);
  const second = await openExportTarget(file);
  expect(second.last?.position).toBe(3n);
  await second.append(lines(4, 5));
  await second.close();
  expect(gunzipSync(readFileSync(file)).toString()).toBe(lines(1, 5));
});
