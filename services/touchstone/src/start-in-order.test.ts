import { createLogger, type StopStep } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { startInOrder } from './start-in-order.ts';

const logger = createLogger({ level: 'silent' });
const parts = { url: 'http://127.0.0.1:1', store: {}, app: { metrics: {}, stopping: {} } } as never;

/** Steps that note their names; `broken` throws at once, and `rejecting` later. */
function stepsOf(run: string[]): StopStep[] {
  const note = (name: string) => ({ name, run: () => void run.push(name) });
  return [
    note('http'),
    {
      name: 'broken',
      run: () => {
        throw new Error('broken');
      },
    },
    { name: 'rejecting', run: () => Promise.reject(new Error('rejected')) },
    note('event store'),
  ];
}

test('a step that fails keeps none of the later ones from closing, and the first failure is thrown', async () => {
  const run: string[] = [];
  const started = await startInOrder(logger, async (steps) => {
    steps.push(...stepsOf(run));
    return parts;
  });
  await expect(started.stop()).rejects.toThrow('broken');
  expect(run).toEqual(['http', 'event store']);
});

test('a start that fails closes everything that it opened, and throws its own error', async () => {
  const run: string[] = [];
  const starting = startInOrder(logger, async (steps) => {
    steps.push(...stepsOf(run));
    throw new Error('no port is free');
  });
  await expect(starting).rejects.toThrow('no port is free');
  expect(run).toEqual(['http', 'event store']);
});
