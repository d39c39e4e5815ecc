import { mkdtempSync } from 'node:fs';
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
