import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectProblem,
  JSON_TYPE,
  type ListeningIngest,
  neighbour,
  SEED,
  type Sent,
  startListeningIngest,
  text,
} from './listening-ingest.ts';

let ingest: ListeningIngest;
beforeAll(async () => {
  ingest = await startListeningIngest();
});
afterAll(() => ingest?.stop());

describe('bad requests to a server that really listens', () => {
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
    for (const some of headers)
      expectProblem(await ingest.send({ body: text({ touchpoint: 'x' }), headers: some }), some);
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
    for (const sent of cases)
      expectProblem(await ingest.send(sent), { ...sent, body: sent.body.slice(0, 50).toString() });
  });

  it('what is no HTTP, breaks off, or lies about its length', async () => {
    const raw = (bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(ingest.port, '127.0.0.1', () => socket.end(bytes));
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
    // A client that hangs up gets no answer, and the server goes on.
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
      '/v1/events?limit=0',
      '/v1/events?limit=1e9',
      '/v1/events?limit=',
      '/v1/events?after=-1',
      '/v1/events?after=x',
      `/v1/events?after=${'9'.repeat(400)}`,
      '/v1/events?after=1&after=2',
      '/v1/events?customer=',
      '/v1/events?__proto__=1',
    ];
    for (const path of paths) expectProblem(await ingest.send({ body: '', method: 'GET', path }), path);
    for (const method of ['DELETE', 'PATCH', 'PUT']) expectProblem(await ingest.send({ body: '', method }), method);
    for (const body of [
      '[]',
      '{"ids":"1"}',
      '{"ids":[]}',
      '{"ids":["x"]}',
      '{"all":true}',
      '{',
      '{"ids":["99999999"]}',
    ]) {
      expectProblem(await ingest.send({ body, headers: JSON_TYPE, path: '/v1/rejected/retry' }), body);
    }
  });

  it('and after all of it the server is as well as before', async () => {
    const event = neighbour();
    expect((await ingest.send({ body: text(event), headers: JSON_TYPE })).status).toBe(200);
    expect(await ingest.isStored(event)).toBe(true);
    const { accepted, stored } = await ingest.store.counts();
    expect(accepted).toBe(stored);
  });
});
