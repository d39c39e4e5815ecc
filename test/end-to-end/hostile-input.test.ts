import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { ingestRoutes } from '@touchstone/ingest';
import { createHttpServer, createLogger, type HttpServer } from '@touchstone/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AnyEvent, goodEvent, mutatedEvent } from '../../services/ingest/src/event-arbitraries.ts';

/** Fixed, so that a failure can be looked at again; the neighbours of each bad input are new ones. */
const SEED = 20_260_301;

let app: HttpServer;
let store: EventStore;
let port: number;
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

beforeAll(async () => {
  store = await sqliteEventStore({ file: join(folder, 'events.db') });
  app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  await app.register(ingestRoutes, { store, keys: undefined });
  await app.listen({ host: '127.0.0.1', port: 0 });
  port = (app.server.address() as AddressInfo).port;
});

afterAll(async () => {
  agent.destroy();
  await app.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

interface Sent {
  readonly body: Buffer | string;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly path?: string;
}
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function send({ body, headers = {}, method = 'POST', path = '/v1/events' }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', agent, method, path, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function expectProblem(answer: Answer, sent: unknown): void {
  const told = () => `${JSON.stringify(sent).slice(0, 500)} → ${answer.status} ${answer.text.slice(0, 500)}`;
  expect(answer.status, told()).toBeGreaterThanOrEqual(400);
  expect(answer.status, told()).toBeLessThan(500);
  expect(answer.headers['content-type'], told()).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(answer.text) as { status: number; code: string; detail: string; title: string };
  expect(problem.status, told()).toBe(answer.status);
  expect(problem.code, told()).toMatch(/^[a-z_]+$/);
  expect(problem.detail.length, told()).toBeGreaterThan(10);
}

let neighbours = 0;
/** A good event that nothing sent before can be. */
function neighbour(): AnyEvent {
  const [event] = fc.sample(goodEvent, { seed: SEED + ++neighbours, numRuns: 1 });
  return { ...event!, id: `neighbour-${neighbours}`, subject: `well-${neighbours % 97}` };
}

async function isStored(event: AnyEvent): Promise<boolean> {
  const stored = await store.readStream(`customer-${event.subject}`);
  return stored.some(({ id }) => id === event.id);
}

async function keptPayloads(id: string): Promise<string[]> {
  const payloads: string[] = [];
  for (let after = 0n; ; ) {
    const page = await store.listRejections({ after, limit: 500 });
    if (page.length === 0) return payloads;
    payloads.push(...page.filter(({ eventId }) => eventId === id).map(({ payload }) => payload));
    after = page.at(-1)!.rejectionId;
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };
const text = (value: unknown) => JSON.stringify(value);

/** Text with some bytes changed, removed, doubled or put in. */
const brokenText = fc
  .tuple(goodEvent, fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.nat(3)), { minLength: 1, maxLength: 4 }))
  .map(([event, edits]) => {
    let bytes = Buffer.from(text(event));
    for (const [place, byte, kind] of edits) {
      const at = place % bytes.length;
      const middle = [
        Buffer.from([byte]),
        Buffer.from([]),
        bytes.subarray(at, at + 9),
        Buffer.from('"}]{[,:\\'.charAt(byte % 8)),
      ];
      bytes = Buffer.concat([bytes.subarray(0, at), middle[kind]!, bytes.subarray(at + (kind === 2 ? 0 : 1))]);
    }
    return bytes;
  });

describe('5,000 bad inputs to a server that really listens', () => {
  it('2,000 events with something wrong: each is rejected with a reason or was harmless, and its neighbours are stored', async () => {
    const bad = fc.sample(mutatedEvent, { seed: SEED, numRuns: 2000 });
    let rejected = 0;
    for (let start = 0; start < bad.length; start += 20) {
      const batch = bad.slice(start, start + 20).flatMap((event) => [neighbour(), event]);
      const answer = await send({ body: text(batch), headers: JSON_TYPE });
      expect(answer.status).toBe(200);
      const summary = JSON.parse(answer.text);
      expect(summary.accepted + summary.duplicates + summary.conflicts + summary.rejected).toBe(batch.length);
      const problems = summary.problems as { index: number; errors: { message: string }[] }[];
      expect(problems).toHaveLength(summary.rejected + summary.conflicts);
      for (const { index, errors } of problems) {
        expect(index % 2, `the neighbour ${text(batch[index])} was refused: ${text(errors)}`).toBe(1);
        expect(errors[0]!.message.length).toBeGreaterThan(5);
      }
      rejected += summary.rejected;
      expect(await isStored(batch[0]!)).toBe(true);
    }
    expect(rejected).toBeGreaterThan(1200);
  });

  it('1,000 of them alone: a problem document, or it was harmless', async () => {
    let refused = 0;
    for (const event of fc.sample(mutatedEvent, { seed: SEED + 1, numRuns: 1000 })) {
      const answer = await send({ body: text(event), headers: JSON_TYPE });
      if (answer.status === 200) continue;
      refused++;
      expectProblem(answer, event);
    }
    expect(refused).toBeGreaterThan(600);
  });

  it('1,000 broken texts: a problem document as a body, a verdict of its own as a line', async () => {
    for (const bytes of fc.sample(brokenText, { seed: SEED, numRuns: 500 })) {
      const answer = await send({ body: bytes, headers: JSON_TYPE });
      if (answer.status !== 200) expectProblem(answer, bytes.toString('latin1'));
    }
    const lines = fc.sample(brokenText, { seed: SEED + 1, numRuns: 500 }).filter((bytes) => !bytes.includes(10));
    const good = lines.map(neighbour);
    const body = Buffer.concat(
      lines.flatMap((line, i) => [Buffer.from(`${text(good[i])}\n`), line, Buffer.from('\n')]),
    );
    const answer = await send({ body, headers: { 'content-type': 'application/x-ndjson' } });
    const summary = JSON.parse(answer.text);
    expect(answer.status).toBe(200);
    expect(summary.accepted + summary.duplicates + summary.conflicts + summary.rejected).toBe(lines.length * 2);
    expect(summary.problems.filter(({ index }: { index: number }) => index % 2 === 0)).toEqual([]);
    expect(await Promise.all([good[0]!, good.at(-1)!].map(isStored))).toEqual([true, true]);
  });

  it('500 other JSON values, however odd', async () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), { seed: SEED, numRuns: 500 });
    for (const value of values) expectProblem(await send({ body: text(value), headers: JSON_TYPE }), value);
  });

  it('500 odd headers: types, encodings, lengths, attributes', async () => {
    const odd = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
    const headers = fc.sample(
      fc.oneof(
        fc.record({ 'content-type': odd }),
        fc.record({
          'content-type': fc.constantFrom(
            'text/xml',
            'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            'application/octet-stream',
            'application/json; charset=utf-16',
          ),
        }),
        fc.record({
          'content-type': fc.constant('application/json'),
          'content-encoding': fc.oneof(
            odd.filter((value) => !/^\s*(identity)?\s*$/i.test(value)),
            fc.constantFrom('gzip', 'br', 'deflate'),
          ),
        }),
        fc.record({
          'content-type': fc.constant('application/json'),
          'ce-id': odd,
          'ce-type': odd,
          'ce-time': odd,
          'ce-source': odd,
          'ce-__proto__': odd,
        }),
      ),
      { seed: SEED, numRuns: 500 },
    );
    for (const some of headers) expectProblem(await send({ body: text({ touchpoint: 'x' }), headers: some }), some);
  });

  it('bodies that are too large, too deep, too many, or grow when they are unpacked', async () => {
    const large = Buffer.alloc(17 * 1024 * 1024, 0x20);
    const deep = (opening: string, closing: string, levels: number) => opening.repeat(levels) + closing.repeat(levels);
    const many = Array.from({ length: 5001 }, () => 1);
    const cases: Sent[] = [
      { body: large, headers: JSON_TYPE },
      { body: large, headers: { ...JSON_TYPE, 'transfer-encoding': 'chunked' } },
      { body: large, headers: { 'content-type': 'application/cloudevents-batch+json' } },
      { body: large, headers: { 'content-type': 'application/x-ndjson' } },
      { body: Buffer.alloc(17 * 1024 * 1024, 0x78), headers: { 'content-type': 'application/x-ndjson' } },
      { body: gzipSync(Buffer.alloc(200 * 1024 * 1024)), headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      {
        body: gzipSync(Buffer.alloc(64 * 1024 * 1024, '{}\n')),
        headers: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
      },
      { body: '{}\n'.repeat(4_000_000), headers: { 'content-type': 'application/x-ndjson' } },
      { body: deep('[', ']', 2_000_000), headers: JSON_TYPE },
      { body: deep('[', ']', 2_000_000).slice(0, -7), headers: JSON_TYPE },
      { body: `{"data":${deep('{"a":', '', 100_000)}1${'}'.repeat(100_001)}`, headers: JSON_TYPE },
      { body: deep('[', ']', 300_000), headers: { 'content-type': 'application/x-ndjson' } },
      { body: deep('[', ']', 100_000), headers: { ...JSON_TYPE, 'ce-id': '1', 'ce-specversion': '1.0' } },
      { body: text(many), headers: JSON_TYPE },
      { body: '1e999', headers: JSON_TYPE },
      { body: `{"id":${'9'.repeat(100_000)}}`, headers: JSON_TYPE },
      { body: '', headers: JSON_TYPE },
      { body: '[]', headers: JSON_TYPE },
    ];
    for (const sent of cases) expectProblem(await send(sent), { ...sent, body: sent.body.slice(0, 50).toString() });
  });

  it('a deeply nested event costs its neighbours nothing, and is kept as it was sent', async () => {
    const good = [neighbour(), neighbour()];
    const deep = `{"id":"deep","data":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_001)}`;
    const answer = await send({ body: `[${text(good[0])},${deep},${text(good[1])}]`, headers: JSON_TYPE });
    expect(JSON.parse(answer.text)).toMatchObject({ accepted: 2, rejected: 1, problems: [{ index: 1, id: 'deep' }] });
    expect((await keptPayloads('deep'))[0] === deep).toBe(true);
  });

  it('what is no HTTP, breaks off, or lies about its length', async () => {
    const raw = (bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
        let answer = '';
        socket.on('data', (chunk) => {
          answer += chunk.toString();
        });
        socket.on('close', () => resolve(answer));
        socket.on('error', () => resolve(answer));
      });
    const head = 'POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      `${head}content-length: -1\r\n\r\n`,
      `${head}content-length: 5\r\ncontent-length: 6\r\n\r\n{"a":1`,
      `${head}transfer-encoding: chunked\r\n\r\nZZ\r\n`,
      `${head}x: ${'y'.repeat(30_000)}\r\n\r\n`,
    ]) {
      expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    // Whoever hangs up gets no answer; the server stays.
    await raw(`${head}content-length: 500\r\n\r\n{"a":`);
    await raw(`${head.replace('json', 'x-ndjson')}content-length: 500\r\n\r\n${text(neighbour())}\n{"`);
  });

  it('odd paths, queries and methods', async () => {
    const paths = [
      '/v1/events/%ff',
      '/v1/events/../../etc/passwd',
      '/v1/rejected?limit=1e9',
      '/v1/rejected?limit=',
      '/v1/rejected?cursor=-1',
      `/v1/rejected?${'x'.repeat(9000)}`,
      `/${'a/'.repeat(4000)}`,
      '/v1/rejected?limit=1&limit=2',
      '/v1/rejected?__proto__=1',
    ];
    for (const path of paths) expectProblem(await send({ body: '', method: 'GET', path }), path);
    for (const method of ['DELETE', 'PATCH', 'PUT', 'GET']) expectProblem(await send({ body: '', method }), method);
    for (const body of [
      '[]',
      '{"ids":"1"}',
      '{"ids":[]}',
      '{"ids":["x"]}',
      '{"all":true}',
      '{',
      '{"ids":["99999999"]}',
    ]) {
      expectProblem(await send({ body, headers: JSON_TYPE, path: '/v1/rejected/retry' }), body);
    }
  });

  it('and after all of it the server is as well as before', async () => {
    const event = neighbour();
    expect((await send({ body: text(event), headers: JSON_TYPE })).status).toBe(200);
    expect(await isStored(event)).toBe(true);
    const { accepted, stored } = await store.counts();
    expect(accepted).toBe(stored);
  });
});

it('the four counts add up to the number sent, whatever is sent', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(goodEvent, mutatedEvent, fc.jsonValue()), { minLength: 1, maxLength: 30 }),
      async (events) => {
        const answer = await send({
          body: events.map(text).join('\n'),
          headers: { 'content-type': 'application/x-ndjson' },
        });
        const { accepted, duplicates, conflicts, rejected, problems } = JSON.parse(answer.text);
        expect(accepted + duplicates + conflicts + rejected).toBe(events.length);
        expect(problems).toHaveLength(conflicts + rejected);
      },
    ),
    { numRuns: 100, seed: SEED },
  );
});
