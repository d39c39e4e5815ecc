import { expect, it } from 'vitest';
import { toldSystem } from '../../testing/told-system.ts';

const told = toldSystem();
const { get } = told;

it('a table comes as a file that says when it was made and up to which position it holds everything', async () => {
  const { status, headers, body } = await get('/v1/export/journeys?type=order', {
    'touchstone-after': String(told.position()),
  });
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="journeys.csv"',
    'touchstone-made-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  expect(BigInt(headers['touchstone-position'] as string)).toBeGreaterThanOrEqual(told.position());
  const listed = (await get('/v1/journeys?type=order&limit=500')).body.items;
  expect((body as string).trimEnd().split('\r\n')).toHaveLength(listed.length + 1);
});

it.each([
  ['journeys', 'journeys?status=completed', 'status=completed'],
  ['customers', 'customers?loyalty=true', 'loyalty=true'],
  ['promises', 'promises?state=broken', 'state=broken'],
  ['complaints', 'complaints?state=open', 'state=open'],
  ['trust-changes', 'trust-changes?because=earned', 'because=earned'],
] as const)('%s are those of the list under the same filters, with its values', async (name, list, filter) => {
  const { items } = (await get(`/v1/${list}&limit=500`)).body as { items: Record<string, unknown>[] };
  const { headers, body } = await get(`/v1/export/${name}?${filter}&format=ndjson`);
  expect(headers['content-type']).toBe('application/x-ndjson');
  const rows = (body as string)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const inOrder = (all: readonly Record<string, unknown>[]) => all.map((row) => JSON.stringify(row)).sort();
  const likeListed = rows.map((row) => Object.fromEntries(Object.keys(items[0]!).map((field) => [field, row[field]])));
  expect(items.length).toBeGreaterThan(0);
  expect(inOrder(likeListed)).toEqual(inOrder(items));
});

it('every event that was taken is among the moments, and journeys are event logs too', async () => {
  const lines = (await get('/v1/export/moments?format=ndjson')).body as string;
  const events = (await get('/v1/overview')).body;
  expect(lines.trimEnd().split('\n').length).toBeGreaterThan(20);
  expect(events).toBeDefined();
  expect((await get('/v1/export/journeys?format=xes')).body).toMatch(/^<\?xml[\s\S]*<\/log>\n$/);
  const ocel = await get('/v1/export/journeys?format=ocel');
  expect(ocel.headers['content-type']).toMatch('application/json');
  expect(ocel.body.events).toHaveLength(lines.trimEnd().split('\n').length);
});

it.each([
  ['journeys?format=xlsx', 'format'],
  ['customers?format=xes', 'format'],
  ['journeys?limit=5', 'limit'],
  ['moments?outcome=good', 'outcome'],
  ['promises?dueFrom=yesterday', 'dueFrom'],
])('%s is refused in words', async (query, path) => {
  const { status, body } = await get(`/v1/export/${query}`);
  expect({ status, body }).toMatchObject({ status: 400, body: { code: 'invalid_query', errors: [{ path }] } });
});

it('a position beyond the log, and rows that there are none of, are refused', async () => {
  expect((await get('/v1/export/visits')).status).toBe(404);
  const { body } = await get('/v1/export/journeys', { 'touchstone-after': '999999999' });
  expect(body).toMatchObject({ status: 409, code: 'position_beyond_log' });
});
