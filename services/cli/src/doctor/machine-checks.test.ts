import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataChecks } from './machine-checks.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'doctor-'));

test('servers that are configured are tried, and named without their passwords', async () => {
  const given = {
    TOUCHSTONE_DATA: folder(),
    EVENT_STORE_URL: 'esdb://admin:s3/cr@et@127.0.0.1:1?tls=false',
    CLICKHOUSE_URL: 'http://admin:s3cret@127.0.0.1:1',
    KAFKA_URL: 'kafka://admin:s3cret@127.0.0.1:1',
    PORT: '0',
  };
  const checks = await dataChecks(given, false);
  for (const name of ['EventStoreDB', 'ClickHouse', 'Kafka']) {
    expect(checks.find(({ what }) => what.startsWith(`${name} at `))).toMatchObject({
      what: expect.stringMatching(/\/\/\*\*\*@127\.0\.0\.1:1/),
      state: 'bad',
      found: expect.stringMatching(/^Nobody answers at 127\.0\.0\.1:1, where \w+_URL says/),
      advice: expect.stringMatching(/^Start \w+ there/),
    });
  }
  expect(JSON.stringify(checks)).not.toMatch(/s3|et@/);
});

test('the rows of a stopped system are looked at: there are none yet, or what is there cannot be opened', async () => {
  const data = folder();
  const told = async () =>
    (await dataChecks({ TOUCHSTONE_DATA: data, PORT: '0' }, false)).find(({ what }) => what === 'read model');
  expect(await told()).toMatchObject({ state: 'unknown', found: expect.stringContaining('does not exist yet') });
  writeFileSync(join(data, 'clickhouse'), '');
  expect(await told()).toMatchObject({
    state: 'bad',
    found: expect.stringContaining('clickhouse'),
    advice: expect.any(String),
  });
});

test('a folder whose log others may read is told of, with what to do; a closed one, or closed files, are not', async () => {
  const data = folder();
  const file = join(data, 'events.db-wal');
  writeFileSync(file, '');
  const told = async () => {
    const checks = await dataChecks({ TOUCHSTONE_DATA: data, PORT: '0' }, true);
    return checks.find(({ what }) => what === 'who may read the log');
  };
  chmodSync(file, 0o644);
  chmodSync(data, 0o755);
  expect(await told()).toMatchObject({ state: 'bad', advice: `chmod -R go-rwx ${file}` });
  chmodSync(data, 0o700);
  expect(await told()).toBeUndefined();
  // Kubernetes mounts a volume this way: the group may write into the folder.
  chmodSync(file, 0o600);
  chmodSync(data, 0o2775);
  expect(await told()).toBeUndefined();
});

test('a log that stands elsewhere is looked at too', async () => {
  const file = join(folder(), 'log.db');
  chmodSync(join(file, '..'), 0o755);
  writeFileSync(file, '', { mode: 0o640 });
  const checks = await dataChecks({ TOUCHSTONE_DATA: folder(), EVENT_STORE_URL: `sqlite:${file}`, PORT: '0' }, true);
  expect(checks.find(({ what }) => what === 'who may read the log')?.found).toContain(file);
});
