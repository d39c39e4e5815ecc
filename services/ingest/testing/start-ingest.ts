import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, createKey, createLogger, type Key, type readKeys } from '@touchstone/runtime';
import type { InjectOptions } from 'fastify';
import { onTestFinished } from 'vitest';
import { type IngestDeps, ingestRoutes } from '../src/http/ingest-routes.ts';
import { memoryEventStore } from './memory-event-store.ts';

/**
 * Fixtures of the route tests: a valid event, an invalid one, and the routes over a store in
 * memory.
 */

export const EVENT = {
  specversion: '1.0',
  id: 'a1',
  source: '/shop',
  type: 'touchstone.moment.recorded.v1',
  subject: 'c-1',
  time: '2026-03-01T10:30:00+01:00',
  data: { journeyId: 'o-1', journeyType: 'order', touchpoint: 'payment', channel: 'web', outcome: 'succeeded' },
};
export const BAD = { ...EVENT, id: 'bad', data: { ...EVENT.data, outcome: 'so-so' } };

export async function startIngest(options: Partial<IngestDeps> & { keys?: ReturnType<typeof readKeys> } = {}) {
  const store = memoryEventStore();
  const positions: bigint[] = [];
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }), keys: options.keys });
  await app.register(ingestRoutes, {
    store,
    keys: undefined,
    onAppended: (position) => positions.push(position),
    ...options,
  });
  onTestFinished(() => app.close());
  const post = async (payload: unknown, headers: Record<string, string> = {}, url = '/v1/events') => {
    const text = Buffer.isBuffer(payload) || typeof payload === 'string' ? payload : JSON.stringify(payload);
    const inject: InjectOptions = {
      method: 'POST',
      url,
      payload: text,
      headers: { 'content-type': 'application/json', ...headers },
    };
    const answer = await app.inject(inject);
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
  const get = async (url: string, headers: Record<string, string> = {}) => {
    const answer = await app.inject({ url, headers });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  };
  return { app, store, positions, post, get };
}

export type Header = readonly [name: string, value: string | Buffer];

/** Serves the routes on a real socket, because header decoding depends on the exact bytes sent. */
export async function startListening() {
  const { app, store } = await startIngest();
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const sendBytes = (given: readonly Header[], body: string | Buffer) =>
    new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
      const headers = given.flatMap(([name, value]) => [name, Buffer.from(value as string).toString('latin1')]);
      // Bytes, because Node would write a string together with the headers and in its own
      // encoding.
      const bytes = Buffer.from(body as string);
      headers.push('content-length', String(bytes.length), 'host', '127.0.0.1');
      const sent = request({ host: '127.0.0.1', port, path: '/v1/events', method: 'POST', headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode!, body: JSON.parse(text) }));
      });
      sent.on('error', reject);
      sent.end(bytes);
    });
  return { sendBytes, store };
}

export function keyFile(...keys: Omit<Key, 'hash'>[]) {
  const made = keys.map(createKey);
  const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys.json');
  writeFileSync(file, JSON.stringify(made.map(({ entry }) => entry)));
  return { file, bearers: made.map(({ secret }) => ({ authorization: `Bearer ${secret}` })) };
}

export const NDJSON = { 'content-type': 'application/x-ndjson' };
export const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');
