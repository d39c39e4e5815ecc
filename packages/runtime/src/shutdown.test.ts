import { describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { stopInOrder, stopOnSignals } from './shutdown.ts';

const logger = createLogger({ level: 'silent' });

describe('stopping', () => {
  it('runs one step after the other, and all of them though one fails', async () => {
    const ran: string[] = [];
    const step = (name: string) => ({
      name,
      run: async () => {
        await Promise.resolve();
        ran.push(name);
        if (name === 'flush') throw new Error('no');
      },
    });
    expect(await stopInOrder([step('accepting'), step('flush'), step('close')], logger)).toBe(false);
    expect(ran).toEqual(['accepting', 'flush', 'close']);
  });

  it('a signal stops in order and leaves with 0; a second one leaves at once with 1', async () => {
    const exit = vi.fn();
    let finish = () => {};
    const steps = [{ name: 'work', run: () => new Promise<void>((resolve) => (finish = resolve)) }];
    const off = stopOnSignals(steps, { logger, exit });
    process.emit('SIGTERM');
    expect(exit).not.toHaveBeenCalled();
    process.emit('SIGTERM');
    expect(exit).toHaveBeenLastCalledWith(1);
    finish();
    await expect.poll(() => exit.mock.lastCall).toEqual([0]);
    off();
  });

  it('leaves with 1 at the deadline', async () => {
    const exit = vi.fn();
    const off = stopOnSignals([{ name: 'stuck', run: () => new Promise(() => {}) }], { logger, exit, deadlineMs: 5 });
    process.emit('SIGINT');
    await expect.poll(() => exit.mock.lastCall).toEqual([1]);
    off();
  });
});
