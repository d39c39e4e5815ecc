import { PublishError, TouchstoneError, UnreachableError } from '@touchstone/client';
import { describe, expect, it } from 'vitest';
import { CliError } from './cli-error.ts';
import { explainFailure } from './explain-failure.ts';
import { ImportError } from './import/import-error.ts';

const refused = (status: number) =>
  new TouchstoneError({ title: 'No', status, detail: 'not you', code: 'forbidden' }, 'GET /v1/rebuild');

describe('a failure', () => {
  it('is told in its own words, with what to do, however deep its cause lies', () => {
    expect(explainFailure(new CliError('no such file'))).toBe('no such file');
    expect(explainFailure(refused(401))).toContain('Give a key with --key');
    expect(explainFailure(refused(403))).toContain('makes another');
    const counts = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0, position: '0', problems: [] };
    const gone = new PublishError(new UnreachableError('nobody there'), counts, 500);
    const told = explainFailure(new ImportError('stopped at row 7', { cause: gone }));
    expect(told).toBe(
      'stopped at row 7\nStart the system (npx --yes pnpm@12 start), or name another with --url or TOUCHSTONE_URL.',
    );
  });

  it('that is a fault of the program itself keeps its stack', () => {
    expect(explainFailure(new TypeError('x is undefined'))).toBeUndefined();
  });
});
