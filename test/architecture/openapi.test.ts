import { expect, test } from 'vitest';
import { servedBy } from '../api-description/served-by.ts';
import { root } from './source-files.ts';

test('docs/openapi.json is what the embedded system answers at /openapi.json; `pnpm openapi` writes it anew', async () => {
  const served = await servedBy({ ingest: true, query: true });
  await expect(`${JSON.stringify(served, null, 2)}\n`).toMatchFileSnapshot(`${root}docs/openapi.json`);
});
