import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveDashboard } from '@touchstone/query';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { dist } from './canned-system.ts';

let app: Awaited<ReturnType<typeof createHttpServer>>;

beforeAll(async () => {
  await buildIfStale();
  app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  await serveDashboard(app, dist);
});
afterAll(() => app?.close());

const page = (): string => readFileSync(join(dist, 'index.html'), 'utf8');
const assets = (): string[] =>
  readdirSync(join(dist, 'assets'))
    .filter((name) => !/\.(?:br|gz)$/.test(name))
    .map((name) => `assets/${name}`);

/** Size in kB of these files as the server sends them to a browser that accepts this encoding. */
async function sentKb(files: readonly string[], accepted: string): Promise<number> {
  const headers = { 'accept-encoding': accepted };
  const answers = await Promise.all(files.map((file) => app.inject({ url: `/${file}`, headers })));
  for (const { statusCode } of answers) expect(statusCode).toBe(200);
  return answers.reduce((sum, { rawPayload }) => sum + rawPayload.length / 1000, 0);
}

test.each(['gzip', 'gzip, deflate, br'])(
  'with %s the frame and the overview are at most 250 kB, ECharts comes once with 280 at most, and no other part has more than 60',
  async (accepted) => {
    const atOnce = assets().filter((file) => page().includes(file));
    const later = assets().filter((file) => !page().includes(file) && file.endsWith('.js'));
    expect(atOnce.some((file) => file.endsWith('.js'))).toBe(true);
    expect(await sentKb(['', ...atOnce], accepted)).toBeLessThan(250);
    const charts = later.filter((file) => file.includes('/chart-'));
    expect(charts).toHaveLength(1);
    expect(await sentKb(charts, accepted)).toBeLessThan(280);
    const pages = later.filter((file) => !file.includes('/chart-'));
    expect(pages.length).toBeGreaterThan(3);
    for (const file of pages) expect({ file, kB: await sentKb([file], accepted) }).toSatisfy(({ kB }) => kB < 60);
  },
);

test('the layout of maps comes with the map alone, and in at most 480 kB', async () => {
  const layouts = assets().filter((file) => file.includes('/layout-worker-'));
  expect(layouts).toHaveLength(1);
  expect(page()).not.toContain('layout-worker');
  expect(await sentKb(layouts, 'gzip')).toBeLessThan(480);
  const named = assets().filter((file) => readFileSync(join(dist, file), 'utf8').includes('layout-worker-'));
  expect(named.map((file) => file.replace(/-[\w-]{8}\.js$/, ''))).toEqual(['assets/journeys-page']);
});

test('the page holds no inline script, which its Content-Security-Policy would refuse', () => {
  expect(page()).not.toMatch(/<script(?![^>]*\ssrc=)/);
  expect(page()).not.toMatch(/\son\w+=/);
});

test('what is built already is not built again', async () => {
  expect(await buildIfStale()).toBe('up to date');
});
