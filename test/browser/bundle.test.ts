import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { dist } from './canned-system.ts';

beforeAll(async () => {
  await buildIfStale();
});

const page = (): string => readFileSync(join(dist, 'index.html'), 'utf8');
const assets = (): string[] => readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
const gzippedKb = (file: string): number => gzipSync(readFileSync(join(dist, file))).length / 1000;

test('the overview loads less than 110 kB, and what the charts need comes only with a page that draws one', () => {
  const atOnce = assets().filter((file) => page().includes(file));
  const later = assets().filter((file) => !page().includes(file) && file.endsWith('.js'));
  expect(atOnce.some((file) => file.endsWith('.js'))).toBe(true);
  expect(atOnce.reduce((sum, file) => sum + gzippedKb(file), 0)).toBeLessThan(110);
  expect(later.reduce((sum, file) => sum + gzippedKb(file), 0)).toBeLessThan(200);
});

test('the page holds no inline script, which its Content-Security-Policy would refuse', () => {
  expect(page()).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(page()).not.toMatch(/\son\w+=/);
});

test('what is built already is not built again', async () => {
  expect(await buildIfStale()).toBe('up to date');
});
