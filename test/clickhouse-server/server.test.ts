import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAILS_BEHIND_ROWS } from './faults.ts';
import { type ClickHouseServer, PASSWORD, startClickHouseServer, USER } from './server.ts';

/** Tests the wire protocol directly, without the client. */

let server: ClickHouseServer;
beforeAll(async () => {
  server = await startClickHouseServer();
});
afterAll(() => server?.stop());

const credentials = { 'x-clickhouse-user': USER, 'x-clickhouse-key': PASSWORD };

async function ask(
  query: Record<string, string>,
  body?: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = credentials,
) {
  const url = `http://${server.address}/?${new URLSearchParams(query)}`;
  const answer = await fetch(url, { method: 'POST', headers, ...(body !== undefined && { body }) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

it('answers a ping to anybody, and a query to those who give the name and password in one of three ways', async () => {
  expect(await (await fetch(`http://${server.address}/ping`)).text()).toBe('Ok.\n');
  const basic = { authorization: `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}` };
  for (const answer of [
    await ask({}, 'SELECT 1'),
    await ask({}, 'SELECT 1', basic),
    await ask({ user: USER, password: PASSWORD }, 'SELECT 1', {}),
  ]) {
    expect(answer).toMatchObject({ status: 200, text: '1\n' });
  }
  const refused = await ask({}, 'SELECT 1', { ...credentials, 'x-clickhouse-key': 'wrong' });
  expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('AUTHENTICATION_FAILED') });
  expect(refused.headers.get('x-clickhouse-exception-code')).toBe('516');
});

it('takes the query from the URL or the body, parameters, settings and a database', async () => {
  expect((await ask({ query: 'SELECT {a:UInt8} + 1 FORMAT JSONEachRow', param_a: '41' })).text).toBe(
    '{"plus(_CAST(41, \'UInt8\'), 1)":42}\n',
  );
  const settings = { output_format_json_quote_64bit_integers: '1', database: 'system' };
  expect(
    (await ask(settings, 'SELECT count() > 0 AS any, toUInt64(1) AS one FROM tables FORMAT JSONEachRow')).text,
  ).toBe('{"any":1,"one":"1"}\n');
  // Settings and parameters of one request do not leak into the next.
  expect(await ask({}, 'SELECT {a:UInt8}')).toMatchObject({
    text: expect.stringContaining('Substitution `a` is not set'),
  });
});

it('takes rows in the format that the INSERT names, packed or not, and says how many', async () => {
  await ask({}, 'CREATE TABLE rows (a UInt64, b String) ENGINE = MergeTree ORDER BY a');
  const query = 'INSERT INTO rows (a, b) SETTINGS max_threads = 1 FORMAT TabSeparated';
  const plain = await ask({ query }, '1\tone\n2\ttwo\n');
  expect(JSON.parse(plain.headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ written_rows: '2' });
  await ask({ query }, gzipSync('3\tthree\n'), { ...credentials, 'content-encoding': 'gzip' });
  const input = "INSERT INTO rows (a, b) SELECT * FROM input('a UInt64, b String') WHERE a > 4 FORMAT JSONEachRow";
  await ask({ query: input }, '{"a":4,"b":"four"}\n{"a":5,"b":"five"}\n');
  expect((await ask({}, 'SELECT b FROM rows ORDER BY a')).text).toBe('one\ntwo\nthree\nfive\n');
});

it('packs an answer where asked to, and says of an error what it is before and behind the first rows', async () => {
  const packed = await ask({ enable_http_compression: '1' }, 'SELECT 1', { ...credentials, 'accept-encoding': 'gzip' });
  expect(packed).toMatchObject({ status: 200, text: '1\n' });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  const before = await ask({}, 'SELECT * FROM nowhere');
  expect(before).toMatchObject({
    status: 404,
    text: expect.stringMatching(/^Code: 60\. DB::Exception.*UNKNOWN_TABLE/),
  });
  const failing = `${FAILS_BEHIND_ROWS} FORMAT JSONEachRow`;
  const behind = await ask({}, failing);
  const tag = behind.headers.get('x-clickhouse-exception-tag');
  expect(behind.status).toBe(200);
  expect(behind.text).toMatch(new RegExp(`__exception__\r\n${tag}\r\nCode: 395[^]*${tag}\r\n__exception__\r\n$`));
  expect(await ask({ wait_end_of_query: '1' }, failing)).toMatchObject({ status: 500 });
});
