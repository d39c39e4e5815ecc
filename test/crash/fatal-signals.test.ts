import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { request, startSystem } from './system-process.ts';

/**
 * The database engine's own handler took minutes; the operating system needs no time at all to end
 * a process.
 */
const GONE_WITHIN_MS = 5000;
/** Time for two starts on a busy machine. */
const START_TWICE_MS = 300_000;

test.each(['SIGABRT', 'SIGSEGV'] as const)(
  'a system that gets %s is gone within 5 s, with that as its exit status, and starts again over its folder',
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'touchstone-fatal-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const system = await startSystem(folder);
    await request(`${system.url}/v1/position`);
    const ended = once(system.process, 'exit');
    system.process.kill(signal);
    const [, by] = await Promise.race([ended, pause(GONE_WITHIN_MS, ['', 'still there'] as const, { ref: false })]);
    if (by !== signal) await system.kill();
    expect(by).toBe(signal);
    const again = await startSystem(folder);
    expect(await (await fetch(`${again.url}/metrics`)).text()).toContain(
      'touchstone_main_thread_longest_stall_seconds',
    );
    await again.kill();
  },
  START_TWICE_MS,
);
