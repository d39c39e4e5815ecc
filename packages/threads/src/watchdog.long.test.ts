import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';

async function watched(limit: string) {
  const program = new URL('../testing/watched.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', program, limit], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const errors = text(child.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = async () => (await lines.next()).value as string;
  expect(await told()).toBe('ready');
  const say = (line: string) => void child.stdin.write(`${line}\n`);
  const ask = (line: string) => {
    say(line);
    return told();
  };
  return { child, ended, errors, say, ask };
}

test('a process whose main thread stands still for too long says why, and is gone', async () => {
  const { ended, errors, say } = await watched('1000');
  say('block 600000');
  expect((await ended)[1]).toBe('SIGKILL');
  expect(await errors).toMatch(/^The main thread has stood still for 1\.\d s and answers nobody: the process ends/m);
});

test('how long it stood is known afterwards, where that was not too long, or nothing is', async () => {
  const { ask } = await watched('off');
  expect(await ask('block 3000')).toBe('done');
  // The thread updates its readings at its next tick; a busy machine makes it tick less often.
  let [longest, total] = [0, 0];
  while (longest < 500) [longest = 0, total = 0] = (await ask('longest')).split(' ').map(Number);
  expect(longest).toBeLessThanOrEqual(total);
});

test.skipIf(process.platform === 'win32')('a process that was stopped for longer goes on', async () => {
  const { child, ask } = await watched('2000');
  child.kill('SIGSTOP');
  // Only the passing of time can be waited for here.
  await pause(4000);
  child.kill('SIGCONT');
  expect(await ask('longest')).toBeDefined();
  expect(child.exitCode ?? child.signalCode).toBeNull();
});
