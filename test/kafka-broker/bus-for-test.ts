import { randomUUID } from 'node:crypto';
import { type Batch, type BusTimes, type ConsumeOptions, type EventBus, kafkaBus } from '@touchstone/event-bus';

/** Short sessions and pauses, because tests wait for them. */
export const quickTimes: Partial<BusTimes> = {
  sessionMs: 3_000,
  heartbeatMs: 300,
  requestMs: 4_000,
  connectMs: 1_000,
  metadataMs: 500,
  pauseMs: [50, 500],
};

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

export const quickBus = (url: string, times: Partial<BusTimes> = {}): EventBus =>
  kafkaBus(url, { logger: silent, times: { ...quickTimes, ...times } });

/** A name that no other test uses. */
export const unique = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

/** A promise that the test settles from outside, to wait for instead of sleeping. */
export function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void } {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

export interface Reading {
  readonly batches: readonly Batch[];
  /**
   * Resolves when `done` accepts the batches handled so far; rejects if the consumer ends first.
   */
  until(done: (batches: readonly Batch[]) => boolean): Promise<readonly Batch[]>;
  stop(): Promise<void>;
}

/** Consumes until a test has the messages that it waits for. */
export function reading(
  bus: EventBus,
  options: Omit<ConsumeOptions, 'signal' | 'handle'> & Partial<ConsumeOptions>,
): Reading {
  const batches: Batch[] = [];
  const waiting = new Set<() => void>();
  const stopping = new AbortController();
  const ended = bus.consume({
    signal: stopping.signal,
    ...options,
    async handle(batch) {
      await options.handle?.(batch);
      batches.push(batch);
      for (const check of waiting) check();
    },
  });
  ended.catch(() => {});
  return {
    batches,
    until: (done) =>
      Promise.race([
        new Promise<readonly Batch[]>((resolve) => {
          const check = () => done(batches) && resolve(batches);
          waiting.add(check);
          check();
        }),
        ended.then(() => Promise.reject(new Error('the consumer ended before'))),
      ]),
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

export const messagesOf = (batches: readonly Batch[]) => batches.flatMap(({ messages }) => messages);
