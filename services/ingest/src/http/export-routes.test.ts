import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventStore } from '@touchstone/event-store';
import { readKeys } from '@touchstone/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { memoryEventStore } from '../../testing/memory-event-store.ts';
import { EVENT, keyFile, lines, NDJSON, startIngest } from '../../testing/start-ingest.ts';

async function startExport(options: Parameters<typeof startIngest>[0] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-export-'));
  const store = await openEventStore(`sqlite:${join(folder, 'log.sqlite')}`, { now: () => 1_772_357_400_000 });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const started = await startIngest({ store, ...options });
  const read = async (query = '', headers: Record<string, string> = {}) => {
    const { statusCode, headers: answered, body } = await started.app.inject({ url: `/v1/events${query}`, headers });
    return { status: statusCode, headers: answered, body };
  };
  return { ...started, read };
}

const events = (count: number) => Array.from({ length: count }, (_, n) => ({ ...EVENT, id: `e-${n}` }));

it('the log is read page by page as it was published', async () => {
  const { post, read } = await startExport();
  await post(lines(...events(5)), NDJSON);
  const first = await read('?limit=3');
  expect(first.status).toBe(200);
  expect(first.headers).toMatchObject({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'touchstone-next-position': '3',
    'touchstone-end-position': '5',
    'touchstone-events': '3',
    'touchstone-damaged': '0',
  });
  const second = await read('?limit=3&after=3');
  expect(second.headers['touchstone-next-position']).toBe('5');
  const told = `${first.body}${second.body}`
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  expect(told).toEqual(
    events(5).map((event, n) => ({
      ...event,
      time: '2026-03-01T09:30:00.000Z',
      touchstoneposition: String(n + 1),
      touchstonerecordedat: '2026-03-01T09:30:00.000Z',
    })),
  );
  expect(await read('?after=5')).toMatchObject({ status: 200, body: '' });
});

it('what was read is published again as it is: the same there, and what it was elsewhere', async () => {
  const [here, there] = [await startExport(), await startExport()];
  const sent = { ...EVENT, position: 'mine', traceparent: '00-1' };
  await here.post(lines(sent, { ...sent, id: 'e-1', data: { ...sent.data, note: 'a\nb' } }), NDJSON);
  await there.post({ ...EVENT, id: 'first' });
  const { body } = await here.read();
  expect(body.match(/touchstoneposition/g)).toHaveLength(2);
  expect((await here.post(body, NDJSON)).body).toMatchObject({ accepted: 0, duplicates: 2, conflicts: 0, rejected: 0 });
  expect((await there.post(body, NDJSON)).body).toMatchObject({
    accepted: 2,
    duplicates: 0,
    conflicts: 0,
    rejected: 0,
  });
  const again = (await there.read('?after=1')).body;
  expect(again).toBe(
    body
      .replaceAll('"touchstoneposition":"2"', '"touchstoneposition":"3"')
      .replace('"touchstoneposition":"1"', '"touchstoneposition":"2"'),
  );
  const batch = JSON.stringify(
    body
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  );
  expect((await there.post(batch)).body).toMatchObject({ duplicates: 2 });
});

it('a position beyond the end of the log is a conflict, and no page', async () => {
  const { read } = await startExport();
  const { status, body } = await read('?after=17');
  expect(status).toBe(409);
  expect(JSON.parse(body)).toMatchObject({ code: 'position_beyond_log', end: '0' });
});

it.each(['limit=0', 'limit=5001', 'after=x', 'after=-1', 'customer=', 'what=1'])(
  'the query %s is refused with the parameter named',
  async (query) => {
    const { read } = await startExport();
    const { status, body } = await read(`?${query}`);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'invalid_query' });
  },
);

it('a key needs `read` for it', async () => {
  const { file, bearers } = keyFile({ name: 'writer', scopes: ['publish'] }, { name: 'reader', scopes: ['read'] });
  const { read } = await startExport({ keys: readKeys(file) });
  expect((await read('', bearers[0])).status).toBe(403);
  expect((await read('', bearers[1])).status).toBe(200);
});

it('while the log says nothing, exports and lists of rejections are given up soon, with advice for readers', async () => {
  const never = () => new Promise<never>(() => {});
  const store = { ...memoryEventStore(), head: never, listRejections: never };
  const { get } = await startIngest({ store, logPatienceMs: 20 });
  for (const path of ['/v1/events', '/v1/rejected']) {
    expect(await get(path), path).toMatchObject({
      status: 503,
      body: { code: 'store_unavailable', detail: 'The event store does not answer. Ask again later.' },
    });
  }
});
