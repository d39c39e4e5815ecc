import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createKey } from '@touchstone/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { type SystemProcess, startSystem } from '../crash/system-process.ts';
import { momentEvent } from '../kafka-broker/sample.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-stopping-'));
const { secret, entry } = createKey({ name: 'tests', scopes: ['admin'] });
writeFileSync(join(folder, 'keys.json'), JSON.stringify([entry]));
const authorization = `Bearer ${secret}`;

async function started(environment: Record<string, string>): Promise<SystemProcess> {
  const data = mkdtempSync(join(folder, 'data-'));
  const system = await startSystem(data, { TOUCHSTONE_KEYS: join(folder, 'keys.json'), ...environment });
  onTestFinished(async () => {
    await system.kill();
    rmSync(data, { recursive: true, force: true });
  });
  return system;
}

/** Status of an answer over a new connection, as `curl` makes one; 0 if there is none. */
function statusOf({ url }: SystemProcess, path: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = httpRequest(`${url}${path}`, { agent: false, headers: { authorization } }, (answer) => {
      answer.resume().once('close', () => resolve(answer.statusCode!));
    });
    asked.once('error', () => resolve(0)).end();
  });
}

test('after SIGTERM nobody is refused: not ready but serving for the grace, then 503 while what is in work is finished', async () => {
  const system = await started({ STOP_GRACE: 'PT2S' });
  const exited = once(system.process, 'exit');
  const line = (n: number) => `${JSON.stringify(momentEvent(n))}\n`;
  const headers = { authorization, 'content-type': 'application/x-ndjson' };
  const publishing = httpRequest(`${system.url}/v1/events`, { method: 'POST', headers });
  const answered = once(publishing, 'response') as Promise<[IncomingMessage]>;
  publishing.write(line(1));
  while ((await statusOf(system, '/readyz')) !== 200);

  system.process.kill('SIGTERM');
  while ((await statusOf(system, '/readyz')) === 200);
  const inGrace: [ready: number, asked: number][] = [];
  let asked = 200;
  while (asked === 200) {
    const ready = await statusOf(system, '/readyz');
    asked = await statusOf(system, '/v1/position');
    inGrace.push([ready, asked]);
  }
  expect(inGrace.at(0)).toEqual([503, 200]);
  expect(new Set(inGrace.map(([ready]) => ready))).toEqual(new Set([503]));

  // The grace period is over and the drain waits for the publisher.
  const inDrain: number[] = [];
  for (let n = 0; n < 50; n++) inDrain.push(await statusOf(system, n % 2 === 0 ? '/readyz' : '/v1/position'));
  expect(new Set([asked, ...inDrain])).toEqual(new Set([503]));
  publishing.end(line(2));
  const [answer] = await answered;
  expect(JSON.parse(await text(answer))).toMatchObject({ accepted: 2 });
  const [code] = await exited;
  expect(code).toBe(0);
});

test('SIGINT waits for no grace', async () => {
  const system = await started({ STOP_GRACE: 'PT10M' });
  const exited = once(system.process, 'exit');
  system.process.kill('SIGINT');
  const [code] = await exited;
  expect(code).toBe(0);
});
