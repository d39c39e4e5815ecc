import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqlAnswerFormat } from '@touchstone/api';
import { expect, test } from 'vitest';
import { openedForTest } from '../../testing/opened-for-test.ts';
import { holding } from '../../testing/query-fixtures.ts';
import { customerRow, journeyRow, momentRow, T0, trustChangeRow } from '../../testing/row-fixtures.ts';
import { ReadModelError } from '../read-model-error.ts';
import { openSqlDoor } from './sql-door.ts';

const readModels = await openedForTest({ timeMaxMs: 3_000, memoryMaxBytes: 256 * 2 ** 20 });
const generation = await holding(readModels, {
  journeys: [
    journeyRow({ customerId: 'anna', journeyId: 'a', type: 'order', score: 80, attributes: { colour: 'red' } }),
    journeyRow({ customerId: 'ben', journeyId: 'b', type: 'order', score: 60 }),
  ],
  customers: [customerRow({ customerId: 'anna', stage: 'affective' }), customerRow({ customerId: 'ben' })],
  moments: [momentRow({ position: 2n ** 63n, customerId: 'anna', journeyId: 'a', touchpoint: 'pay' })],
  trustChanges: [trustChangeRow({ customerId: 'anna', at: T0 })],
});
const door = await openSqlDoor(readModels.clickhouse);
const anna = { name: 'anna', signal: new AbortController().signal };

const ask = async (sql: string, format: SqlAnswerFormat = 'json', asker = anna): Promise<string> =>
  Buffer.from(await door.ask(asker, generation, sql, format)).toString();
const rowsOf = async (sql: string) => {
  const { columns, rows } = JSON.parse(await ask(sql)) as { columns: { name: string }[]; rows: unknown[][] };
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
};

test.each([
  ['SELECT count() AS n FROM journeys', [{ n: '2' }]],
  [
    'SELECT customer_id, stage FROM customers ORDER BY 1; ',
    [
      { customer_id: 'anna', stage: 'affective' },
      { customer_id: 'ben', stage: 'none' },
    ],
  ],
  [
    "/* c */ SELECT quantileIf(0.5)(score, score > 0) AS q -- c\nFROM `journeys` AS j WHERE j.attributes['colour'] = 'red'",
    [{ q: 80 }],
  ],
  ['WITH best AS (SELECT * FROM journeys WHERE score > 70) SELECT journey_id FROM best', [{ journey_id: 'a' }]],
  [
    'SELECT j.journey_id AS id, m.touchpoint AS at FROM journeys j JOIN moments m USING (customer_id, journey_id)',
    [{ id: 'a', at: 'pay' }],
  ],
  [
    'SELECT journey_id FROM journeys WHERE customer_id IN (SELECT customer_id FROM trust_changes)',
    [{ journey_id: 'a' }],
  ],
  [
    'SELECT customer_id, row_number() OVER (PARTITION BY type ORDER BY score DESC) AS rank FROM journeys ORDER BY rank LIMIT 1',
    [{ customer_id: 'anna', rank: '1' }],
  ],
  ['SELECT position FROM moments', [{ position: '9223372036854775808' }]],
  [
    "SELECT CASE WHEN score > 70 THEN 'good' ELSE 'bad' END AS g, COUNT(*) AS n FROM journeys GROUP BY g ORDER BY g",
    [
      { g: 'bad', n: '1' },
      { g: 'good', n: '1' },
    ],
  ],
  ['SELECT started_at FROM journeys LIMIT 1', [{ started_at: new Date(T0).toISOString() }]],
  ['(SELECT 1 AS one) UNION ALL (SELECT 1)', [{ one: 1 }, { one: 1 }]],
  ['SELECT arrayMap(x -> x + 1, [1]) AS a, toDate(started_at) - INTERVAL 1 DAY AS d FROM journeys LIMIT 0', []],
])('%s is answered over the rows that are shown', async (sql, rows) => {
  expect(await rowsOf(sql)).toEqual(rows);
});

test('answers come as JSON with their columns, as CSV and as Parquet', async () => {
  expect(JSON.parse(await ask("SELECT score, 'a\\nb' AS t FROM journeys ORDER BY score"))).toEqual({
    columns: [
      { name: 'score', type: 'Nullable(Float64)' },
      { name: 't', type: 'String' },
    ],
    rows: [
      [60, 'a\nb'],
      [80, 'a\nb'],
    ],
  });
  expect(JSON.parse(await ask('SELECT score FROM journeys WHERE score > 90')).rows).toEqual([]);
  expect(await ask("SELECT type, score, NULL AS n, 'a\"b' AS q FROM journeys ORDER BY score", 'csv')).toBe(
    '"type","score","n","q"\r\n"order",60,,"a""b"\r\n"order",80,,"a""b"\r\n',
  );
  expect((await ask('SELECT * FROM journeys', 'parquet')).slice(0, 4)).toBe('PAR1');
});

const OUT = join(tmpdir(), 'touchstone-sql-door-wrote');

/** Every way out that an attacker may try; none may be answered. */
const ATTACKS = [
  // Other databases and tables
  'SELECT * FROM system.tables',
  'SELECT * FROM `system`.`tables`',
  'SELECT * FROM "system"."settings"',
  'SELECT * FROM system . one',
  'SELECT * FROM `system.one`',
  'SELECT * FROM INFORMATION_SCHEMA.TABLES',
  'SELECT * FROM information_schema.columns',
  'SELECT * FROM touchstone.generations',
  'SELECT * FROM default.journeys',
  `SELECT * FROM touchstone_${generation}.journeys`,
  'SELECT * FROM checkpoints',
  'SELECT * FROM parked',
  'SELECT * FROM writers',
  'SELECT 1 FROM journeys WHERE 1 IN system.one',
  'SELECT 1 FROM journeys WHERE customer_id IN parked',
  'SELECT 1 FROM journeys WHERE customer_id GLOBAL NOT IN checkpoints',
  'SELECT * FROM journeys j JOIN system.one o ON 1 = 1',
  'SELECT (SELECT count() FROM system.processes)',
  'SELECT exists(SELECT 1 FROM system.one)',
  'WITH journeys AS (SELECT * FROM system.tables) SELECT * FROM journeys',
  'WITH parked AS (SELECT 1) SELECT * FROM parked',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n FROM r, system.one) SELECT * FROM r',
  'SELECT * FROM journeys UNION ALL SELECT * FROM system.one',
  'SELECT 1 EXCEPT SELECT * FROM system.one',
  'SELECT 1 INTERSECT SELECT dummy FROM system.one',
  // Table functions
  ...[
    "file('/etc/passwd')",
    "file('/etc/passwd', 'LineAsString')",
    "url('http://127.0.0.1:1/', 'LineAsString')",
    "s3('http://127.0.0.1:1/x', 'CSV')",
    "remote('127.0.0.1', system.one)",
    "remoteSecure('127.0.0.1', system.one)",
    "cluster('default', system.one)",
    "clusterAllReplicas('default', system.one)",
    "executable('id', 'CSV', 'a String')",
    "mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "sqlite('/tmp/x.db', 't')",
    "jdbc('a', 'b', 'c')",
    'numbers(10)',
    'zeros(10)',
    "generateRandom('a UInt8')",
    'generate_series(1, 10)',
    "merge('system', '.*')",
    "dictionary('d')",
    "input('a String')",
    "values('a UInt8', 1)",
    "null('a UInt8')",
    'view(SELECT 1)',
    "loop('system', 'one')",
    "mergeTreeIndex('touchstone', 'generations')",
    "fuzzJSON('x', '{}')",
  ].map((called) => `SELECT * FROM ${called}`),
  'SELECT * FROM (EXPLAIN SELECT 1)',
  'SELECT * FROM (SHOW TABLES)',
  "SELECT * FROM `file`('/etc/passwd')",
  // Ways to write and to set
  `SELECT 1 INTO OUTFILE '${OUT}'`,
  `SELECT 1 INTO OUTFILE '${OUT}' TRUNCATE FORMAT CSV`,
  `SELECT 1 INTO OUTFILE '${OUT}' AND STDOUT`,
  'SELECT 1 FORMAT CSV',
  'SELECT 1 SETTINGS max_execution_time = 0',
  'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)',
  'SELECT 1 SETTINGS max_threads = 64 FORMAT JSON',
  'SELECT {a:String}',
  // Other statements, and several
  'SELECT 1; SELECT 2',
  'SELECT 1; DROP TABLE journeys',
  'DROP TABLE journeys',
  'TRUNCATE TABLE journeys',
  "INSERT INTO journeys (customer_id) VALUES ('x')",
  `INSERT INTO FUNCTION file('${OUT}', 'CSV') SELECT 1`,
  'ALTER TABLE journeys DELETE WHERE 1',
  'CREATE TABLE x (a UInt8) ENGINE = Memory',
  'CREATE TEMPORARY TABLE x (a UInt8)',
  'CREATE FUNCTION f AS x -> x',
  'SET readonly = 0',
  'USE system',
  'SYSTEM SHUTDOWN',
  'KILL QUERY WHERE 1',
  'SHOW TABLES',
  'SHOW CREATE TABLE journeys',
  'DESCRIBE TABLE journeys',
  'EXPLAIN SELECT 1',
  'EXISTS TABLE journeys',
  "BACKUP TABLE journeys TO File('x')",
  'EXECUTE AS x SELECT 1',
  'GRANT ALL ON *.* TO default',
  'ATTACH TABLE x',
  'OPTIMIZE TABLE journeys',
  'WATCH journeys',
  '',
  ';',
  '-- nothing',
  'not sql',
  // Functions that read outside
  ...[
    "file('/etc/passwd')",
    "FILE('/etc/passwd')",
    "dictGet('d', 'a', 1)",
    "dictHas('d', 1)",
    "joinGet('parked', 'error', 1)",
    "getSetting('readonly')",
    "getServerSetting('max_connections')",
    "getMacro('shard')",
    'hostName()',
    'hostname()',
    'fullHostName()',
    'FQDN()',
    'currentUser()',
    'user()',
    'currentDatabase()',
    'DATABASE()',
    'version()',
    'uptime()',
    'tcpPort()',
    'serverUUID()',
    'buildId()',
    'filesystemCapacity()',
    "filesystemAvailable('default')",
    'getOSKernelVersion()',
    "getClientHTTPHeader('authorization')",
    "hasColumnInTable('system', 'one', 'dummy')",
    "catboostEvaluate('/etc/passwd', 1)",
    'showCertificate()',
    'evalMLMethod(1, 2)',
    'regionToName(1::UInt32)',
    'addressToLine(1)',
    "demangle('x')",
    "aiGenerate('x')",
    "initializeAggregation('sum', 1)",
    "structureToProtobufSchema('a UInt8')",
    'sleep(3)',
    'sleepEachRow(3)',
    'throwIf(1)',
    'queryID()',
    "logTrace('x')",
    'zookeeperSessionUptime()',
    "generateSerialID('x')",
    "`file`('/etc/passwd')",
    "countIf(file('/etc/passwd') = '')",
  ].map((called) => `SELECT ${called} FROM journeys`),
  'SELECT arrayMap(x -> hostName(), [1])',
  'SELECT * APPLY(hostName) FROM journeys',
  'WITH hostName() AS h SELECT h',
  'SELECT 1 FROM journeys WHERE sleep(1)',
  'SELECT 1 FROM journeys ORDER BY hostName()',
  'SELECT 1 FROM journeys LIMIT 1 BY version()',
  'SELECT * REPLACE (hostName() AS type) FROM journeys',
  "SELECT COLUMNS('.*') APPLY (x -> hostName()) FROM journeys",
  // Names that pretend to be other nodes of the tree
  'SELECT 1 AS `x)\n ExpressionList (children 1)`, 2 FROM journeys WHERE customer_id IN parked',
  'SELECT 1 AS `x\n   Identifier y`',
];

test.each(ATTACKS)('%s is refused in words', async (sql) => {
  const error = (await ask(sql).catch((reason: unknown) => reason)) as ReadModelError;
  expect(error, sql).toBeInstanceOf(ReadModelError);
  expect({ code: error.code, message: error.message }).toEqual({
    code: 'invalid-sql',
    message: expect.stringMatching(/\w{3}/),
  });
  expect(error.message).not.toMatch(/\/tmp\/|root:|chdb/);
});

test('nothing of all that wrote a file or changed a row', async () => {
  expect(existsSync(OUT)).toBe(false);
  expect(await rowsOf('SELECT count() AS n FROM journeys')).toEqual([{ n: '2' }]);
});

/** Statements that would take hours, or all memory. */
const COSTLY = [
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r',
  `SELECT sum(cityHash64(${Array.from({ length: 40 }, (_, i) => `j${i}.score`).join(', ')})) FROM ${Array.from({ length: 40 }, (_, i) => `journeys j${i}`).join(', ')}`,
  'SELECT arrayJoin(range(1000000)) AS n',
  "SELECT repeat('x', 100000) AS t FROM (SELECT arrayJoin(range(1000)))",
  'SELECT sum(cityHash64(a, b)) FROM (SELECT arrayJoin(range(1000000)) AS a) x, (SELECT arrayJoin(range(1000000)) AS b) y',
  "SELECT repeat('x', 1000000000) FROM journeys",
  "SELECT length(repeat(repeat('x', 1000000), 10000)) FROM journeys",
  'SELECT groupArray(n) FROM (SELECT arrayJoin(range(100000000)) AS n)',
  'SELECT range(1000000000)',
];

test.each(COSTLY)('%s ends at a limit, and is no sign of damage', { timeout: 60_000 }, async (sql) => {
  let damage = 0;
  readModels.clickhouse.onDamage(() => damage++);
  await expect(ask(sql)).rejects.toMatchObject({ code: 'too-much' });
  expect(damage).toBe(0);
  expect(await rowsOf('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('an asker who leaves ends the statement, and frees its place', async () => {
  const endless = COSTLY[3]!;
  for (let i = 0; i < 3; i++) {
    const leaving = new AbortController();
    const asked = ask(endless, 'json', { name: 'eve', signal: leaving.signal });
    setTimeout(() => leaving.abort(), 300);
    await expect(asked).rejects.toMatchObject({ reason: 'left' });
  }
  expect(await rowsOf('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('names that are wrong are told in words', async () => {
  await expect(ask('SELECT colour FROM journeys')).rejects.toMatchObject({
    code: 'invalid-sql',
    message: expect.stringMatching(/colour/),
  });
  await expect(ask('SELECT * FROM visits')).rejects.toMatchObject({
    code: 'invalid-sql',
    message: expect.stringMatching(/visits/),
  });
});
