import { createHttpServer, createLogger } from '@touchstone/runtime';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { orderDefinition, shopStory } from '../../testing/shop-story.ts';
import { startTestSystem, type TestSystem } from '../../testing/start-test-system.ts';
import { queryRoutes } from '../query-routes.ts';

let system: TestSystem;
beforeAll(async () => {
  system = await startTestSystem([orderDefinition], { sqlDoor: true });
  await system.publish(shopStory);
});
afterAll(() => system?.stop());

const SQL = "SELECT status, count() AS n, '=1' AS formula FROM journeys GROUP BY status ORDER BY status";

it('a SELECT is answered in the three formats, within a door that its operator opens', async () => {
  const answer = await system.post('/v1/sql', { sql: SQL });
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'content-type': expect.stringMatching('^application/json') },
    body: { columns: [{ name: 'status' }, { name: 'n' }, { name: 'formula' }] },
  });
  const csv = await system.post('/v1/sql', { sql: SQL, format: 'csv' });
  expect(csv.headers['content-type']).toMatch('text/csv');
  expect(csv.body.split('\r\n')).toHaveLength(answer.body.rows.length + 2);
  expect(csv.body).toContain('"\'=1"');
  const parquet = await system.post('/v1/sql', { sql: SQL, format: 'parquet' });
  expect(parquet.headers['content-type']).toBe('application/vnd.apache.parquet');
  expect(parquet.body).toMatch(/^PAR1/);
});

it.each([
  [{ sql: 'SELECT * FROM system.one' }, 'invalid_sql', /system\.one is not a table of this door/],
  [{ sql: 'SELECT 1 SETTINGS max_threads = 1' }, 'invalid_sql', /SETTINGS/],
  [{ sql: 'SELECT arrayJoin(range(1000000))' }, 'too_much', /100000 rows/],
  [{ sql: '' }, 'invalid_query', /sql/],
  [{ sql: 'SELECT 1', format: 'xlsx' }, 'invalid_query', /format/],
  [{ sql: 'SELECT 1', limit: 1 }, 'invalid_query', /limit/],
])('%j is refused in words', async (body, code, words) => {
  const answer = await system.post('/v1/sql', body);
  expect(answer).toMatchObject({ status: 400, body: { code, detail: expect.stringMatching(words) } });
});

it('a door that nobody opened takes nothing', async () => {
  const closed = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  onTestFinished(() => closed.close());
  await closed.register(queryRoutes, { ...system.deps, sqlDoor: undefined });
  const answer = await closed.inject({ method: 'POST', url: '/v1/sql', payload: { sql: 'SELECT 1' } });
  expect(answer.statusCode).toBe(403);
  expect(answer.json()).toMatchObject({ code: 'sql_door_closed', detail: expect.stringContaining('SQL_DOOR=on') });
});
