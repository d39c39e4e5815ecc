import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { knownSoon, remembered } from './remembered.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A read that ends when the test settles it. */
function startReading() {
  const settle: ((value: number | Error) => void)[] = [];
  const read = remembered(
    () =>
      new Promise<number>((resolve, reject) => {
        settle.push((value) => (typeof value === 'number' ? resolve(value) : reject(value)));
      }),
    () => 5_000,
  );
  const known = knownSoon(read, { waitMs: 200, takesMaxMs: 3_000, keptMaxMs: 60_000 });
  /** Asks now and returns the answer with the time it took. */
  const ask = async () => {
    const from = performance.now();
    let told: { answer: number | undefined; afterMs: number } | undefined;
    void known().then((answer) => {
      told = { answer: answer?.value, afterMs: performance.now() - from };
    });
    await vi.advanceTimersByTimeAsync(200);
    return told;
  };
  const end = async (value: number | Error) => {
    settle.pop()!(value);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { ask, end, known };
}

it('what is read in a moment is told as it was read', async () => {
  const { known, end } = startReading();
  const asked = known();
  await end(7);
  expect(await asked).toEqual({ value: 7 });
});

it('nobody waits for what takes longer: it is told to the next who asks', async () => {
  const { ask, end } = startReading();
  expect(await ask()).toEqual({ answer: undefined, afterMs: 200 });
  await end(7);
  expect(await ask()).toEqual({ answer: 7, afterMs: 0 });
});

it('while the next reading is under way the last is told, until that takes too long', async () => {
  const { ask, end } = startReading();
  await ask();
  await end(7);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await ask()).toEqual({ answer: 7, afterMs: 200 });
  await vi.advanceTimersByTimeAsync(2_700);
  expect(await ask()).toEqual({ answer: undefined, afterMs: 200 });
  await end(8);
  expect(await ask()).toEqual({ answer: 8, afterMs: 0 });
});

it('what was read long ago is not told for what is', async () => {
  const { ask, end } = startReading();
  await ask();
  await end(7);
  await vi.advanceTimersByTimeAsync(61_000);
  expect(await ask()).toEqual({ answer: undefined, afterMs: 200 });
});

it('after a reading that failed nothing is known', async () => {
  const { ask, end } = startReading();
  await ask();
  await end(7);
  await vi.advanceTimersByTimeAsync(6_000);
  await ask();
  await end(new Error('refused'));
  expect(await ask()).toEqual({ answer: undefined, afterMs: 200 });
});
