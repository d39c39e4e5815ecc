import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { event } from '../../testing/contract/event.ts';
import { availableSqliteDrivers } from './driver.ts';
import { sqliteEventStore } from './sqlite-event-store.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-log-'));
  file = join(folder, 'log.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('killed at any moment, the store holds every acknowledged event once, and its counts agree', async () => {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < 8; kill++) {
    const child = startChild('append', `k${kill}`);
    const wanted = acknowledged.length + 1 + kill * 37;
    for await (const line of createInterface(child.stdout)) {
      if (line === 'open') continue;
      acknowledged.push(...line.split(' '));
      if (acknowledged.length >= wanted) child.kill('SIGKILL');
    }
    const store = await sqliteEventStore({ file, runEvents: 60 });
    const ids: string[] = [];
    const streams = new Map<string, string[]>();
    for await (const page of store.readAll()) {
      for (const { id, stream } of page) {
        ids.push(id);
        streams.set(stream, [...(streams.get(stream) ?? []), id]);
      }
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(acknowledged.filter((id) => !ids.includes(id))).toEqual([]);
    expect(await store.counts()).toEqual({ accepted: ids.length, stored: ids.length });
    for (const [stream, inStream] of streams) {
      expect((await store.readStream(stream)).map(({ id }) => id)).toEqual(inStream);
    }
    const last = ids.at(-1)!;
    const { outcomes } = await store.append([
      { ...event({ id: last }), stream: streamOf(streams, last), body: 'other' },
    ]);
    expect(outcomes).toEqual(['conflict']);
    await store.close();
  }
  const database = availableSqliteDrivers()[0]!.open(file);
  expect(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})).toContain('ok');
  database.close();
});

test('a store that another process holds is refused by name, and free once that process is dead', async () => {
  const holder = startChild('hold', '');
  await once(createInterface(holder.stdout), 'line');
  await expect(sqliteEventStore({ file })).rejects.toMatchObject({
    name: 'EventStoreError',
    code: 'locked',
    message: expect.stringMatching(new RegExp(`${file}.*process ${holder.pid}`)),
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const store = await sqliteEventStore({ file });
  await store.append([event()]);
  await store.close();
});

test('a store that this process holds is refused, and the refusal does not loosen the hold', async () => {
  const store = await sqliteEventStore({ file });
  await expect(sqliteEventStore({ file: join(folder, '.', 'log.sqlite') })).rejects.toMatchObject({ code: 'locked' });
  const other = startChild('hold', '', 'pipe');
  let said = '';
  for await (const chunk of other.stderr!) said += chunk;
  expect(said).toContain(`process ${process.pid}`);
  await store.append([event()]);
  await store.close();
});

function startChild(mode: string, prefix: string): ChildProcessByStdio<null, Readable, null>;
function startChild(mode: string, prefix: string, errors: 'pipe'): ChildProcessByStdio<null, Readable, Readable>;
function startChild(mode: string, prefix: string, errors: 'inherit' | 'pipe' = 'inherit') {
  const script = join(import.meta.dirname, '../../testing/sqlite-child.ts');
  return spawn(process.execPath, ['--import', 'tsx', script, file, mode, prefix], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', errors],
  });
}

function streamOf(streams: ReadonlyMap<string, readonly string[]>, id: string): string {
  return [...streams].find(([, ids]) => ids.includes(id))![0];
}
