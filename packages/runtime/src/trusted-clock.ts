/** Two clocks of the machine, ms. */
export interface MachineClocks {
  /** The time of day since 1970: it is set, and may leap. */
  readonly wall: () => number;
  /** Time since some instant: it never leaps, and may stand still while the machine sleeps. */
  readonly monotonic: () => number;
}

export interface Leap {
  /** The last now that was trusted before it, ms since 1970. */
  readonly at: number;
  /** How far the time of day leapt, the furthest that was seen: ahead, or back where negative. */
  readonly byMs: number;
  /** `distrusted` while it lasts; then `returned`, or `believed` because it stayed. */
  readonly outcome: 'distrusted' | 'returned' | 'believed';
}

export interface TrustedClock {
  /** The time of day while it can be trusted, else the last that could; ms since 1970. */
  now(): number;
  /** False while the time of day was never one to trust: now is then no more than what the log vouches for. */
  isKnown(): boolean;
  /** By how much the time of day is off just now, ms; 0 while it is trusted. */
  offByMs(): number;
  /** The latest leaps that this process saw, the last one last. */
  leaps(): readonly Leap[];
}

export interface TrustOptions {
  /** The log holds events of this time: whoever is much earlier at the start has the wrong time of day. Null: nothing is known. */
  readonly atLeast?: number | null;
  readonly onLeap?: (leap: Leap) => void;
}

/** The clocks of this machine. */
export const machineClocks: MachineClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/** What a time server corrects at once, and what two readings one after the other may differ by. */
const TOLERANCE_MS = 2000;
/** A difference that stays so long is believed: a machine that slept, a clock that was set right. */
const BELIEVED_AFTER_MS = 10 * 60 * 1000;
const LEAPS_KEPT = 20;

/**
 * A time of day that is not taken at its word when it parts from the monotonic clock: it answers the last that could be trusted until both agree again, or
 * the difference has stayed for ten minutes.
 */
export function trustedClock({ wall, monotonic }: MachineClocks, options: TrustOptions = {}): TrustedClock {
  const offset = () => wall() - monotonic();
  const first = offset();
  const { atLeast } = options;
  const isBehind = atLeast != null && wall() < atLeast;
  let isUnknown = isBehind;
  // Both clocks agree while their difference is the trusted one; `candidate` is another that may come to be it.
  let trusted = isBehind ? first + atLeast - wall() : first;
  let candidate = { offset: first, since: monotonic() };
  let last = isBehind ? atLeast : wall();
  const leaps: Leap[] = [];

  function note(offBy: number): void {
    const before = leaps.at(-1);
    if (before?.outcome !== 'distrusted') leaps.push({ at: last, byMs: Math.round(offBy), outcome: 'distrusted' });
    else if (Math.abs(offBy) > Math.abs(before.byMs)) leaps[leaps.length - 1] = { ...before, byMs: Math.round(offBy) };
    else return;
    if (leaps.length > LEAPS_KEPT) leaps.shift();
    if (before?.outcome !== 'distrusted') options.onLeap?.(leaps.at(-1)!);
  }

  function end(outcome: 'returned' | 'believed'): void {
    const before = leaps.at(-1);
    if (before?.outcome !== 'distrusted') return;
    leaps[leaps.length - 1] = { ...before, outcome };
    options.onLeap?.(leaps.at(-1)!);
  }

  /** Reads both clocks; what the time of day is off by. */
  function look(): number {
    const seen = offset();
    if (Math.abs(seen - candidate.offset) > TOLERANCE_MS) candidate = { offset: seen, since: monotonic() };
    if (isUnknown && wall() >= atLeast!) {
      // Set at last: by how much nobody knew, so any time is as good as one at the start.
      isUnknown = false;
      trusted = seen;
    }
    const isOff = Math.abs(seen - trusted) > TOLERANCE_MS;
    if (monotonic() - candidate.since >= BELIEVED_AFTER_MS) {
      // Small corrections add up over months, so a difference that stays is taken over however small it is.
      trusted = seen;
      isUnknown = false;
      candidate = { offset: seen, since: monotonic() };
      if (isOff) end('believed');
      return 0;
    }
    if (isOff) note(seen - trusted);
    else end('returned');
    return isOff ? seen - trusted : 0;
  }

  return {
    now() {
      if (look() !== 0) return last;
      const time = wall();
      // A small correction backwards is waited for, so that what was now does not lie ahead.
      if (time > last || last - time > TOLERANCE_MS) last = time;
      return last;
    },
    isKnown() {
      look();
      return !isUnknown;
    },
    offByMs: look,
    leaps() {
      look();
      return leaps;
    },
  };
}
