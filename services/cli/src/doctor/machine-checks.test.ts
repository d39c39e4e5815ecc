import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataChecks } from './machine-checks.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'doctor-'));

test('the event store is named without its password', async () => {
  const checks = await dataChecks(
    { TOUCHSTONE_DATA: folder(), EVENT_STORE_URL: 'esdb://admin:s3/cr@et@127.0.0.1:2113?tls=false', PORT: '0' },
    false,
  );
  expect(checks.find(({ what }) => what === 'event store')?.found).toBe('esdb://***@127.0.0.1:2113?***');
  expect(JSON.stringify(checks)).not.toMatch(/s3|et@/);
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
  // As Kubernetes hands a volume over: the group may write into the folder.
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
