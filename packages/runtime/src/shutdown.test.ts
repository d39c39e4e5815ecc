import { describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it('SIGTERM is announced at once, the steps wait for the grace, and their deadline begins after it', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const [exit, announce, run] = [vi.fn(), vi.fn(), vi.fn(() => new Promise<void>(() => {}))];
    const options = { logger, exit, announce, graceMs: 5_000, deadlineMs: 30_000 };
    onTestFinished(stopOnSignals([{ name: 'http', run }], options));
    process.emit('SIGTERM', 'SIGTERM');
    expect(announce).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(4_999);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(29_999);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(exit).toHaveBeenLastCalledWith(1);
  });

  it('a person who interrupts waits for no grace', () => {
    const [announce, run] = [vi.fn(), vi.fn(() => new Promise<void>(() => {}))];
    onTestFinished(stopOnSignals([{ name: 'http', run }], { logger, exit: vi.fn(), announce, graceMs: 5_000 }));
    process.emit('SIGINT', 'SIGINT');
    expect(announce).toHaveBeenCalledOnce();
    expect(run).toHaveBeenCalledOnce();
  });

  it('a second signal leaves at once during the grace too', () => {
    const exit = vi.fn();
    onTestFinished(stopOnSignals([], { logger, exit, graceMs: 5_000 }));
    process.emit('SIGTERM', 'SIGTERM');
    process.emit('SIGTERM', 'SIGTERM');
    expect(exit).toHaveBeenLastCalledWith(1);
  });

  it('leaves with 1 at the deadline', async () => {
    const exit = vi.fn();
    const off = stopOnSignals([{ name: 'stuck', run: () => new Promise(() => {}) }], { logger, exit, deadlineMs: 5 });
    process.emit('SIGINT', 'SIGINT');
    await expect.poll(() => exit.mock.lastCall).toEqual([1]);
    off();
  });
});
