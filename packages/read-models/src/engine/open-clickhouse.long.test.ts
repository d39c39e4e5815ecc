import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { openClickHouse } from './open-clickhouse.ts';

const folder = mkdtempSync(join(tmpdir(), 'touchstone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOLDER = `
  import { openClickHouse } from ${JSON.stringify(new URL('./open-clickhouse.ts', import.meta.url).href)};
  await openClickHouse('chdb:' + process.argv[1]);
  console.log('open');
  process.stdin.resume();`;

test('a folder that another process has open is refused, with its name and that of the process', async () => {
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', HOLDER, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(createInterface(holder.stdout), 'line');
    expect(line).toBe('open');
    await expect(openClickHouse(`chdb:${folder}`)).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringMatching(new RegExp(`${folder}.*${holder.pid}`)),
    });
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'close');
  }
  const clickhouse = await openClickHouse(`chdb:${folder}`);
  expect(await clickhouse.query('SELECT 1 AS one', {}, z.unknown())).toEqual([{ one: 1 }]);
  await clickhouse.close();
});

test('parameters reach the engine as they are, whatever they contain', async () => {
  const clickhouse = await openClickHouse(`chdb:${folder}`);
  const nasty = ["it's", 'back\\slash', 'tab\tnewline\n', "'; DROP TABLE x; --", '\\N', '', '{a:String}', 'é😀', '\0'];
  const row = z.object({ value: z.string() });
  const echo = nasty.map((value) => clickhouse.query('SELECT {value:String} AS value', { value }, row));
  expect((await Promise.all(echo)).map(([answer]) => answer!.value)).toEqual(nasty);
  const numbers = await clickhouse.query(
    'SELECT {score:Float64} AS score, toString({position:UInt64}) AS position',
    { score: 0.1 + 0.2, position: 2n ** 64n - 1n },
    z.unknown(),
  );
  expect(numbers).toEqual([{ score: 0.1 + 0.2, position: '18446744073709551615' }]);
  await clickhouse.close();
});

test('many questions at once never see the parameters of each other', async () => {
  const clickhouse = await openClickHouse(`chdb:${folder}`);
  const row = z.object({ a: z.string(), b: z.coerce.number() });
  const asked = Array.from({ length: 300 }, (_, i) => ({ a: `text ${i}`, b: i }));
  const answers = await Promise.all(
    asked.map((params) => clickhouse.query('SELECT {a:String} AS a, {b:UInt32} AS b', params, row)),
  );
  expect(answers.flat()).toEqual(asked);
  await clickhouse.close();
});

test('a mistake in the SQL, a closed read model and an address that is none each say so', async () => {
  const clickhouse = await openClickHouse(`chdb:${folder}`);
  await expect(clickhouse.query('SELECT nothing FROM nowhere', {}, z.unknown())).rejects.toMatchObject({
    code: 'query',
  });
  await clickhouse.close();
  await clickhouse.close();
  await expect(clickhouse.command('SELECT 1')).rejects.toMatchObject({ code: 'closed' });
  await expect(openClickHouse('chdb:relative')).rejects.toMatchObject({ code: 'invalid' });
  await expect(openClickHouse('postgres://x')).rejects.toMatchObject({ code: 'invalid' });
});

test('a server that is not there is unavailable, and its password is in no message', async () => {
  const failure = await openClickHouse('http://user:secret@127.0.0.1:9').catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('secret') });
});

const ASKED = z.object({ answer: z.coerce.number() });
/** Runs until a limit stops it. */
const ENDLESS = 'SELECT sum(cityHash64(number)) AS answer FROM numbers(1000000000000)';
/** Needs about 800 MB. */
const LARGE = 'SELECT length(groupArray(number)) AS answer FROM numbers(100000000)';
const askerOf = (name: string, signal = new AbortController().signal) => ({ name, signal });

test('questions from outside end at their limits of time and memory, and what the system asks itself comes before that', async () => {
  const clickhouse = await openClickHouse(`chdb:${folder}`, { timeMaxMs: 5000, memoryMaxBytes: 64 * 2 ** 20 });
  onTestFinished(() => clickhouse.close());
  const asked = ['anna', 'ben', 'eve'].map((name) =>
    clickhouse
      .forAsker(askerOf(name))
      .query(ENDLESS, {}, ASKED)
      .catch((error: unknown) => error),
  );
  const first = await Promise.race([...asked, clickhouse.query('SELECT 1 AS answer', {}, ASKED)]);
  expect(first).toEqual([{ answer: 1 }]);
  for (const error of await Promise.all(asked)) expect(error).toMatchObject({ code: 'too-costly' });
  const anna = clickhouse.forAsker(askerOf('anna'));
  await expect(anna.query(LARGE, {}, ASKED)).rejects.toMatchObject({ code: 'too-costly' });
  expect(await anna.query('SELECT 2 AS answer', {}, ASKED)).toEqual([{ answer: 2 }]);
});

test('what an asker who has left was waiting for is not begun, and what was under way for them is given up', async () => {
  const clickhouse = await openClickHouse(`chdb:${folder}`);
  onTestFinished(() => clickhouse.close());
  const leaving = new AbortController();
  const asking = clickhouse.forAsker(askerOf('anna', leaving.signal));
  const asked = Array.from({ length: 10 }, () => asking.query(ENDLESS, {}, ASKED).catch((error: unknown) => error));
  // Waits until one query is running, on a machine that these queries may use fully.
  await vi.waitFor(
    async () => {
      const [running] = await clickhouse.query(
        "SELECT count() AS answer FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%processes%'",
        {},
        ASKED,
      );
      expect(running!.answer).toBeGreaterThan(0);
    },
    { timeout: 30_000 },
  );
  leaving.abort();
  for (const error of await Promise.all(asked)) expect(error).toMatchObject({ reason: 'left' });
  expect(await clickhouse.forAsker(askerOf('anna')).query('SELECT 2 AS answer', {}, ASKED)).toEqual([{ answer: 2 }]);
});

const LOADER = `
  import { openClickHouse } from ${JSON.stringify(new URL('./open-clickhouse.ts', import.meta.url).href)};
  const isLoaded = () => process.report.getReport().sharedObjects.some((file) => /chdb/i.test(file));
  await openClickHouse('http://127.0.0.1:9').catch(({ code }) => console.log(code, isLoaded()));
  await openClickHouse('chdb:' + process.argv[1]).then((clickhouse) => clickhouse.close());
  console.log('embedded', isLoaded());`;

test('only a process that opens a folder loads the embedded engine', () => {
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', LOADER, folder], {
    encoding: 'utf8',
  });
  expect(run.stdout, run.stderr).toBe('unavailable false\nembedded true\n');
});
