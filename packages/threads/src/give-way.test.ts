import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startThread } from './start-thread.ts';

/**
 * Niceness is the 17th field after the thread's name: 0 is ordinary, a higher number means lower
 * priority.
 */
const niceness = (stat: string) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);

test.skipIf(process.platform !== 'linux')('a thread that gives way does so alone (on Linux)', async () => {
  const before = niceness(readFileSync('/proc/thread-self/stat', 'utf8'));
  const worker = startThread(new URL('../testing/gives-way.ts', import.meta.url), {
    name: 'test',
    youngGenerationMb: 16,
  });
  const [stat] = (await once(worker, 'message')) as [string];
  expect(niceness(stat)).toBe(10);
  expect(niceness(readFileSync('/proc/thread-self/stat', 'utf8'))).toBe(before);
  await worker.terminate();
});
