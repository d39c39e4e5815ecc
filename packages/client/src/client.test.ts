import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endpoints } from '@touchstone/api';
import { expect, expectTypeOf, it, onTestFinished } from 'vitest';
import { createClient } from './client.ts';
import { type EventToPublish, PublishError } from './publish-events.ts';
import { TouchstoneError, UnreachableError } from './touchstone-error.ts';

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => handler(request, Buffer.concat(chunks).toString(), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const events = (count: number, note = ''): EventToPublish[] =>
  Array.from({ length: count }, (_, i) => ({
    specversion: '1.0',
    id: `e${i}`,
    source: '/test',
    type: 'touchstone.referral.made.v1',
    subject: 'c-1',
    time: '2026-03-01T00:00:00Z',
    data: { note },
  }));

const problem = (status: number, code: string, more = {}) => ({ title: 't', status, code, detail: 'because', ...more });

/** Rejects the first event of each batch. */
const verdicts: Handler = (_request, body, response) => {
  const count = (JSON.parse(body) as unknown[]).length;
  const problems = [{ index: 0, id: 'e', verdict: 'rejected', code: 'invalid_event', errors: [] }];
  const counts = { accepted: count - 1, duplicates: 0, conflicts: 0, rejected: 1, position: String(count), problems };
  if (count === 1) answer(response, 422, problem(422, 'nothing_accepted', counts));
  else answer(response, 200, counts);
};

it('publishes in batches of 500, sums the counts and numbers the problems over all of them', async () => {
  const sizes: number[] = [];
  const url = await serve((request, body, response) => {
    sizes.push((JSON.parse(body) as unknown[]).length);
    verdicts(request, body, response);
  });
  const summary = await createClient({ url }).publish(events(1201));
  expect(sizes).toEqual([500, 500, 201]);
  expect(summary).toMatchObject({ accepted: 1198, rejected: 3, position: '201' });
  expect(summary.problems.map(({ index }) => index)).toEqual([0, 500, 1000]);
});

it('a batch stays below 4 MiB', async () => {
  const lengths: number[] = [];
  const url = await serve((request, body, response) => {
    lengths.push(body.length);
    verdicts(request, body, response);
  });
  await createClient({ url }).publish(events(10, 'x'.repeat(1_000_000)));
  expect(lengths.length).toBe(3);
  expect(Math.max(...lengths)).toBeLessThan(4.2 * 1024 * 1024);
});

it('a batch of which nothing was accepted is counted, not thrown', async () => {
  const url = await serve(verdicts);
  expect(await createClient({ url }).publish(events(501))).toMatchObject({ accepted: 499, rejected: 2 });
});

it('sends again after 429, 503 and a broken connection, with the key each time', async () => {
  const seen: (string | undefined)[] = [];
  const url = await serve((request, body, response) => {
    seen.push(request.headers.authorization);
    if (seen.length === 1) answer(response, 503, problem(503, 'store_unavailable'), { 'retry-after': '0' });
    else if (seen.length === 2) answer(response, 429, problem(429, 'rate_limited'), { 'retry-after': '0' });
    else if (seen.length === 3) request.socket.destroy();
    else verdicts(request, body, response);
  });
  expect(await createClient({ url, key: 'tsk_x' }).publish(events(2))).toMatchObject({ accepted: 1 });
  expect(seen).toEqual(Array(4).fill('Bearer tsk_x'));
});

it('a question that takes too much is not asked again', async () => {
  let asked = 0;
  const url = await serve((_request, _body, response) => {
    asked++;
    answer(response, 503, problem(503, 'too_costly'), { 'retry-after': '5' });
  });
  const reading = createClient({ url }).get('/v1/journeys');
  await expect(reading).rejects.toMatchObject({ status: 503, code: 'too_costly' });
  expect(asked).toBe(1);
});

it('says what was published before it broke off', async () => {
  let calls = 0;
  const url = await serve((request, body, response) => {
    if (++calls === 1) verdicts(request, body, response);
    else answer(response, 401, problem(401, 'unknown_key'));
  });
  const error = await createClient({ url })
    .publish(events(600))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PublishError);
  expect(error).toMatchObject({ sent: 500, summary: { accepted: 499 }, cause: { code: 'unknown_key', status: 401 } });
});

it('shows the problem document of a refused reading', async () => {
  const errors = [{ path: 'limit', message: 'too big' }];
  const url = await serve((_request, _body, response) =>
    answer(response, 400, problem(400, 'invalid_query', { errors })),
  );
  const error = await createClient({ url })
    .get('/v1/journeys', { limit: 9999 })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TouchstoneError);
  expect((error as Error).message).toBe('GET /v1/journeys answered 400 invalid_query: because\n  limit: too big');
});

it('reads with a query, and after a position', async () => {
  const url = await serve((request, _body, response) =>
    answer(response, 200, [request.url, request.headers['touchstone-after']]),
  );
  const read = await createClient({ url }).get(
    '/v1/journeys',
    { type: 'a b', stage: undefined, limit: 3 },
    { after: '17' },
  );
  expect(read).toEqual(['/v1/journeys?type=a+b&limit=3', '17']);
});

it('asks below the path under which the system is published', async () => {
  const asked: string[] = [];
  const fetching: typeof fetch = async (url) => {
    asked.push(String(url));
    return new Response('{}');
  };
  for (const url of ['https://example.org/touchstone', 'https://example.org/touchstone/', 'https://example.org'])
    await createClient({ url, fetch: fetching }).get('/v1/journeys', { limit: 1 });
  expect(asked).toEqual([
    'https://example.org/touchstone/v1/journeys?limit=1',
    'https://example.org/touchstone/v1/journeys?limit=1',
    'https://example.org/v1/journeys?limit=1',
  ]);
});

it('says that nobody answers', async () => {
  const client = createClient({ url: 'http://127.0.0.1:1', retries: 1 });
  await expect(client.get('/healthz')).rejects.toThrow(UnreachableError);
});

it('calls an endpoint by its declaration, and answers what it declares', async () => {
  const asked: string[] = [];
  const url = await serve((request, body, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['touchstone-after'] ?? ''} ${body}`.trim());
    answer(response, 200, { items: [], nextCursor: null });
  });
  const client = createClient({ url });
  const page = await client.call(endpoints.listJourneys, { query: { minScore: 70 } }, { after: '7' });
  expectTypeOf<(typeof page)['items'][number]['startedAt']>().toEqualTypeOf<string>();
  expect(page).toEqual({ items: [], nextCursor: null });
  await client.call(endpoints.startRebuild, { body: { force: true } });
  await client.call(endpoints.dismissLostHistory, { params: { generation: '3' } });
  expect(asked).toEqual([
    'GET /v1/journeys?minScore=70 7',
    'POST /v1/rebuild  {"force":true}',
    'DELETE /v1/lost-history/3',
  ]);
});
