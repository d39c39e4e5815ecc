import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import { expect, onTestFinished } from 'vitest';
import { createLog, type LogRecord } from '../eventstoredb-server/log.ts';
import { type EventStoreDbServer, startEventStoreDbServer } from '../eventstoredb-server/server.ts';
import { momentEvent } from '../kafka-broker/sample.ts';

/** Whole systems whose log is restored, for `log-put-back.test.ts`. */

const QUESTIONS = [
  '/v1/overview',
  '/v1/customers?limit=500&sort=id',
  '/v1/journeys?limit=500',
  '/v1/touchpoints/failure-rates',
  '/v1/position',
];

export function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-put-back-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function started(data: string, environment: Record<string, string> = {}): Promise<Running> {
  const config = readConfig({ PORT: '0', CLOCK: 'log', TOUCHSTONE_DATA: data, ...environment });
  const logger = createLogger({ level: 'silent' });
  return startTouchstone(config, logger);
}

/**
 * Publishes the tests' events `from` to `to`; each belongs to one of a few customers. None may be a
 * duplicate unless `mayBreak`: a connection to the store that breaks may leave events stored, which
 * the retry then finds.
 */
export async function publish(url: string, from: number, to: number, { mayBreak = false } = {}): Promise<void> {
  const events = Array.from({ length: to - from }, (_, at) => momentEvent(from + at));
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(events),
  });
  const { accepted, duplicates } = (await answer.json()) as { accepted: number; duplicates: number };
  expect(accepted + (mayBreak ? duplicates : 0)).toBe(to - from);
}

export async function ask(url: string, path: string): Promise<{ readonly status: number; readonly body: Json }> {
  const answer = await fetch(url + path);
  return { status: answer.status, body: (await answer.json()) as Json };
}
type Json = Record<string, unknown>;

/**
 * Everything that lists show once the rows are of this log; earlier answers must say that they are
 * not.
 */
export async function figures(url: string): Promise<Record<string, Json>> {
  for (;;) {
    const { status, body } = await ask(url, '/v1/position');
    if (status === 200 && body.log === body.projected) break;
    if (status !== 200) expect(['read_model_of_another_log', 'read_model_damaged']).toContain(body.code);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const found: Record<string, Json> = {};
  for (const path of QUESTIONS) {
    const { status, body } = await ask(url, path);
    expect(status, JSON.stringify(body)).toBe(200);
    found[path] = body;
  }
  return found;
}

/** The same figures from a system that has only ever seen this log. */
export async function reference(data: string): Promise<Record<string, Json>> {
  const folder = folderForTest();
  cpSync(join(data, 'events.db'), join(folder, 'events.db'));
  const system = await started(folder);
  const found = await figures(system.url);
  await system.stop();
  return found;
}

/** Kills the server and starts another in its place, with these records as its log. */
export async function restartedWith(
  server: EventStoreDbServer,
  records: readonly LogRecord[],
): Promise<EventStoreDbServer> {
  const { port } = server;
  await server.stop();
  return startEventStoreDbServer({ port, log: createLog(Date.now, records) });
}

/** The records of a log, with a byte changed of an event that {@link publish} has sent. */
export const withChangedEvent = (records: readonly LogRecord[], eventId: string): LogRecord[] =>
  records.map((record) => {
    const text = Buffer.from(record.data).toString('utf8');
    if (!text.includes(`"id":"${eventId}"`)) return record;
    return { ...record, data: Buffer.from(text.replace('succeeded', 'sicceeded')) };
  });
