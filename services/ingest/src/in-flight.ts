import { Problem } from '@touchstone/runtime';

/** A bound on what is held in memory at once; beyond it publishers are asked to come back, or made to wait. */
export interface InFlight {
  /** Takes `amount` at once or throws a problem (503, `Retry-After`). */
  take(amount: number): void;
  /** Takes `amount` as soon as there is room for it. */
  wait(amount: number): Promise<void>;
  give(amount: number): void;
  readonly taken: number;
}

/** An amount beyond `most` is let through when nothing else is in flight, so that it cannot wait for ever. */
export function inFlight(most: number, what: string): InFlight {
  let taken = 0;
  const waiting: { amount: number; go: () => void }[] = [];
  const fits = (amount: number) => taken === 0 || taken + amount <= most;
  return {
    take(amount) {
      if (!fits(amount)) {
        throw new Problem(
          'overloaded',
          `More than ${most} ${what} are in flight. Nothing of this request was accepted.`,
          {
            headers: { 'retry-after': '1' },
          },
        );
      }
      taken += amount;
    },
    async wait(amount) {
      if (waiting.length === 0 && fits(amount)) {
        taken += amount;
        return;
      }
      // Whoever gives room takes it for the one that waits, so that nobody overtakes.
      await new Promise<void>((go) => waiting.push({ amount, go }));
    },
    give(amount) {
      taken -= amount;
      while (waiting.length > 0 && fits(waiting[0]!.amount)) {
        const next = waiting.shift()!;
        taken += next.amount;
        next.go();
      }
    },
    get taken() {
      return taken;
    },
  };
}
