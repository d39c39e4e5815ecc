import { expect, test } from 'vitest';
import type { QueryDeps } from '../deps.ts';
import { waitForPosition } from './after-position.ts';

/** A log that ends at 10, and a read model that stands at 3. */
function asked(after: string) {
  const waited: bigint[] = [];
  const deps = {
    store: {
      head: async () => 10n,
      readAll: async function* () {
        yield [{ recordedAt: Date.now() - 60_000, body: '{}' }];
      },
    },
    progress: {
      projected: () => 3n,
      reached: async (wanted: bigint) => {
        waited.push(wanted);
        return false;
      },
    },
  } as unknown as QueryDeps;
  const request = { headers: { 'touchstone-after': after } } as never;
  return { waited, answer: waitForPosition(deps).call({} as never, request, {} as never) };
}

test('a position that the read model has reached is not waited for', async () => {
  const { waited, answer } = asked('3');
  await answer;
  expect(waited).toEqual([]);
});

test('a position of the log is waited for, then a 503 tells the lag', async () => {
  const { waited, answer } = asked('10');
  await expect(answer).rejects.toMatchObject({
    code: 'read_model_behind',
    extensions: { projected: '3', wanted: '10', lagMs: expect.toSatisfy((lagMs: number) => lagMs >= 60_000) },
  });
  expect(waited).toEqual([10n]);
});

test('a position beyond the end of the log is a 409 with that end, and is not waited for', async () => {
  const { waited, answer } = asked('11');
  await expect(answer).rejects.toMatchObject({ code: 'position_beyond_log', status: 409, extensions: { end: '10' } });
  expect(waited).toEqual([]);
});
