import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { blockFiles } from './block-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-blocks-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (text: string) => [Buffer.from(text)];
const read = async (file: string) => readFileSync(file, 'utf8');

test('a file that is used again holds the later block alone, and one whose work failed is never used again', async () => {
  const files = blockFiles(folder);
  const lent: string[] = [];
  const lend = (text: string) =>
    files.lend('moments', bytesOf(text), (file) => {
      lent.push(file);
      return read(file);
    });

  expect(await lend('a long block')).toBe('a long block');
  expect(await lend('short')).toBe('short');
  expect(new Set(lent).size).toBe(1);

  let given = '';
  const failing = files.lend('moments', bytesOf('given up'), async (file) => {
    given = file;
    throw new Error('no answer');
  });
  await expect(failing).rejects.toThrow('no answer');
  expect(readdirSync(folder)).toEqual([]);
  expect(await lend('another')).toBe('another');
  expect(lent.at(-1)).not.toBe(given);
});

test('blocks that are lent side by side have files of their own', async () => {
  const files = blockFiles(folder);
  const both = await Promise.all(['one', 'two'].map((text) => files.lend('moments', bytesOf(text), read)));
  expect(both).toEqual(['one', 'two']);
});
