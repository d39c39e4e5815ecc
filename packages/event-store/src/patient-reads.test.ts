import { expect, it } from 'vitest';
import { patientReads } from './patient-reads.ts';
import { type EventStore, EventStoreError, type StoredEvent } from './port.ts';

/** A log that answers nothing until `answer` is called. */
function silentLog() {
  let answer = () => {};
  const spoken = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let asked = 0;
  const store = {
    head: async () => {
      asked++;
      await spoken;
      return 7n;
    },
    counts: async () => {
      await spoken;
      return { accepted: 1, stored: 1 };
    },
    async *streamPages(): AsyncGenerator<readonly StoredEvent[]> {
      await spoken;
      yield [];
    },
  } as unknown as EventStore;
  return { store, answer: () => answer(), asked: () => asked };
}

const unavailable = expect.objectContaining({ code: 'unavailable' });

it('a log that says nothing is given up, then told of at once, and asked again once it is back', async () => {
  const log = silentLog();
  const { store, waitFor } = patientReads(log.store, 20);
  await expect(store.counts()).rejects.toEqual(unavailable);
  await expect(store.streamPages('a')[Symbol.asyncIterator]().next()).rejects.toEqual(unavailable);
  expect(await waitFor(async () => 1)).toBe(1);
  log.answer();
  // The probe sent to see whether the log is there is answered first.
  await log.store.head();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await store.counts()).toEqual({ accepted: 1, stored: 1 });
});

it('one question that takes long is waited for while the log answers others', async () => {
  let finish = (_: bigint) => {};
  const slow = new Promise<bigint>((resolve) => {
    finish = resolve;
  });
  let heads = 0;
  const log = {
    head: async () => {
      // At the third probe the slow question is answered too.
      if (++heads === 3) finish(5n);
      return 7n;
    },
    lastRecordedAt: () => slow,
  } as unknown as EventStore;
  expect(await patientReads(log, 10).store.lastRecordedAt()).toBe(5n);
  expect(heads).toBeGreaterThanOrEqual(3);
});

it('what the log itself says is passed on', async () => {
  const full = new EventStoreError('full', 'no room');
  const log = { head: async () => Promise.reject(full) } as unknown as EventStore;
  await expect(patientReads(log).store.head()).rejects.toBe(full);
});
