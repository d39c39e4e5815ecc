import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, sqliteEventStore } from '@touchstone/event-store';
import { ingestRoutes } from '@touchstone/ingest';
import { createHttpServer, createLogger } from '@touchstone/runtime';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type AnyEvent, goodEvent } from '../../services/ingest/testing/event-arbitraries.ts';

/**
 * A fixed seed, so that a failure can be reproduced; each bad input gets new good events beside it.
 */
export const SEED = 20_260_301;

export interface Sent {
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

export interface ListeningIngest {
  readonly port: number;
  readonly store: EventStore;
  send(sent: Sent): Promise<Answer>;
  isStored(event: AnyEvent): Promise<boolean>;
  stop(): Promise<void>;
}

/** Ingest alone, over a real log, behind a real socket. */
export async function startListeningIngest(): Promise<ListeningIngest> {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const store = await sqliteEventStore({ file: join(folder, 'events.db') });
  const app = await createHttpServer({ logger: createLogger({ level: 'silent' }) });
  await app.register(ingestRoutes, { store, keys: undefined });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    port,
    store,
    send: (sent) => send(sent, port, agent),
    isStored: async ({ id, subject }) => {
      const stored = await store.readStream(`customer-${subject}`);
      return stored.some((event) => event.id === id);
    },
    stop: async () => {
      agent.destroy();
      await app.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function send(
  { body, headers = {}, method = 'POST', path = '/v1/events' }: Sent,
  port: number,
  agent: Agent,
): Promise<Answer> {
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

/** Requires a refusal that tells the caller what was wrong. */
export function expectProblem(answer: Answer, sent: unknown): void {
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
/** A good event that differs from everything sent before. */
export function neighbour(): AnyEvent {
  const [event] = fc.sample(goodEvent, { seed: SEED + ++neighbours, numRuns: 1 });
  return { ...event!, id: `neighbour-${neighbours}`, subject: `well-${neighbours % 97}` };
}

export const JSON_TYPE = { 'content-type': 'application/json' };
export const text = (value: unknown) => JSON.stringify(value);
