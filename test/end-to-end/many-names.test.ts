import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from './run-command.ts';

/**
 * Publishers that write an id into a name or into their source, which must not cost anybody a
 * figure.
 */

const folder = mkdtempSync(join(tmpdir(), 'touchstone-many-names-'));
let system: Running;
beforeAll(async () => {
  const config = readConfig({ PORT: '0', TOUCHSTONE_DATA: join(folder, 'data'), CLOCK: 'log' });
  system = await startTouchstone(config, createLogger({ level: 'silent' }));
});
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;
const moment = (touchpoint: string, source = '/w', outcome = 'succeeded') => ({
  specversion: '1.0',
  id: String(++count),
  source,
  type: 'touchstone.moment.recorded.v1',
  subject: `c${count % 100}`,
  time: '2026-03-05T09:00:00Z',
  data: { touchpoint, channel: 'web', outcome, journeyId: `j${count % 100}`, journeyType: 'order' },
});

/** Resolves to the position of the last event. */
async function publish(events: readonly object[]): Promise<string> {
  let last = '';
  for (let at = 0; at < events.length; at += 5000) {
    const lines = events.slice(at, at + 5000).map((event) => `${JSON.stringify(event)}\n`);
    const headers = { 'content-type': 'application/x-ndjson' };
    const answer = await fetch(`${system.url}/v1/events`, { method: 'POST', headers, body: lines.join('') });
    const body = (await answer.json()) as { accepted: number; position: string };
    expect([answer.status, body.accepted]).toEqual([200, lines.length]);
    last = body.position;
  }
  return last;
}

async function read(path: string, after: string) {
  const ask = () => fetch(`${system.url}${path}`, { headers: { 'touchstone-after': after } });
  let answer = await ask();
  // On a slow machine a request may wait some 30 s and then answer 503.
  while (answer.status === 503) answer = await ask();
  // biome-ignore lint/suspicious/noExplicitAny: looked into field by field.
  return { status: answer.status, body: (await answer.json()) as any };
}

test('10,001 names of touchpoints: those with most moments have their rates, and the others are one row', async () => {
  const names = Array.from({ length: 10_001 }, (_, i) => `order ${i} opened`);
  const paid = [moment('paid'), moment('paid', '/w', 'failed'), moment('(other)'), moment('(other)')];
  const after = await publish([...names.map((name) => moment(name)), ...paid]);
  const { status, body } = await read('/v1/touchpoints/failure-rates?by=touchpoint', after);
  expect(status).toBe(200);
  const rows = body.rows as { touchpoint: string; moments: number; failures: number }[];
  expect(rows.length).toBeLessThanOrEqual(10_000);
  expect(rows.at(-1)).toMatchObject({ touchpoint: '(other)', moments: 10_005 - sum(rows.slice(0, -1)), failures: 0 });
  expect(rows.find(({ touchpoint }) => touchpoint === 'paid')).toMatchObject({ moments: 2, failures: 1 });
  expect(rows.filter(({ touchpoint }) => touchpoint === '((other))')).toMatchObject([{ moments: 2 }]);

  const few = await read('/v1/touchpoints/failure-rates?by=touchpoint&groupsMax=2', after);
  expect(few.body.rows.map((row: (typeof rows)[0]) => [row.touchpoint, row.moments])).toEqual([
    ['((other))', 2],
    ['paid', 2],
    ['(other)', 10_001],
  ]);
  const one = await read('/v1/touchpoints/failure-rates?by=touchpoint&touchpoint=((other))', after);
  expect(one.body.rows).toMatchObject([{ touchpoint: '(other)', moments: 2 }]);
  const journeys = await read('/v1/journeys?touchpoint=(other)', after);
  expect(journeys.body.items).toHaveLength(2);
}, 300_000);

test('100,000 sources within an hour: conservation lists those with most events, and the doctor finds all of it in balance', async () => {
  const ofMany = Array.from({ length: 100_000 }, (_, i) => moment('paid', `/orders/${i}`));
  const after = await publish([...ofMany, moment('paid', '/orders/7'), moment('paid', '(other)')]);
  const { status, body } = await read('/v1/conservation?bucket=1h', after);
  expect(status).toBe(200);
  expect(body).toMatchObject({ balanced: true, gaps: [], totals: { gap: 0, lag: 0, stored: count, projected: count } });
  const rows = body.rows as { source: string; stored: number; minute: string }[];
  expect(rows.length).toBeLessThanOrEqual(10_000);
  expect(rows.reduce((total, { stored }) => total + stored, 0)).toBe(count);
  expect(rows.filter(({ source }) => source === '(other)').length).toBeGreaterThan(0);
  expect(rows.filter(({ source }) => source === '/orders/7').reduce((total, { stored }) => total + stored, 0)).toBe(2);

  const environment = { TOUCHSTONE_URL: system.url, TOUCHSTONE_DATA: join(folder, 'data'), INIT_CWD: folder };
  const { out } = await runCommand(['doctor'], environment);
  expect(out).toMatch(/balanced in every minute: 1\d\d,\d{3} stored/);
  expect(out).not.toContain('not this');
}, 600_000);

const sum = (rows: readonly { moments: number }[]) => rows.reduce((total, { moments }) => total + moments, 0);
