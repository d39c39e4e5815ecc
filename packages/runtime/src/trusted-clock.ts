/** The two clocks of a machine, in ms. */
export interface MachineClocks {
  /** Wall-clock time since 1970; it can be set, so it may jump. */
  readonly wall: () => number;
  /**
   * Monotonic time since an arbitrary instant; it never jumps, and may stop while the machine
   * sleeps.
   */
  readonly monotonic: () => number;
}

export interface Leap {
  /** The last trusted time before the jump, ms since 1970. */
  readonly at: number;
  /** Largest observed jump of the wall clock, in ms; negative: backwards. */
  readonly byMs: number;
  /** `distrusted` during the jump; then `returned`, or `believed` because it persisted. */
  readonly outcome: 'distrusted' | 'returned' | 'believed';
}

export interface TrustedClock {
  /** The wall clock while it is trusted, otherwise the last trusted time; ms since 1970. */
  now(): number;
  /**
   * False until the wall clock has been trusted once: until then `now` is at most what the log
   * proves.
   */
  isKnown(): boolean;
  /** Current deviation of the wall clock, in ms; 0 while it is trusted. */
  offByMs(): number;
  /** The latest jumps that this process observed, newest last. */
  leaps(): readonly Leap[];
}

export interface TrustOptions {
  /**
   * Lower bound of the time, ms since 1970, derived from the log's newest event: a wall clock
   * before it at the start is wrong. Null: unknown.
   */
  readonly atLeast?: number | null;
  readonly onLeap?: (leap: Leap) => void;
}

/** The clocks of this machine. */
export const machineClocks: MachineClocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * Tolerance for a time server's immediate corrections and for the interval between two readings.
 */
const TOLERANCE_MS = 2000;
/** A jump that lasts this long is accepted: the machine slept, or somebody corrected its clock. */
const BELIEVED_AFTER_MS = 10 * 60 * 1000;
const LEAPS_KEPT = 20;

/**
 * Distrusts the wall clock when it departs from the monotonic clock: `now` then returns the last
 * trusted time until both agree again, or until the difference has lasted for ten minutes.
 */
export function trustedClock({ wall, monotonic }: MachineClocks, options: TrustOptions = {}): TrustedClock {
  const offset = () => wall() - monotonic();
  const first = offset();
  const { atLeast } = options;
  const isBehind = atLeast != null && wall() < atLeast;
  let isUnknown = isBehind;
  // The clocks agree while their difference equals `trusted`; `candidate` is another difference
  // that may replace it.
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

  /** Reads both clocks and returns the wall clock's deviation in ms. */
  function look(): number {
    const seen = offset();
    if (Math.abs(seen - candidate.offset) > TOLERANCE_MS) candidate = { offset: seen, since: monotonic() };
    if (isUnknown && wall() >= atLeast!) {
      // The wall clock has been set at last: nobody knew the error, so its time counts like one at
      // the start.
      isUnknown = false;
      trusted = seen;
    }
    const isOff = Math.abs(seen - trusted) > TOLERANCE_MS;
    if (monotonic() - candidate.since >= BELIEVED_AFTER_MS) {
      // Small corrections add up over months, so a lasting difference is adopted however small it
      // is.
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
      // After a small backward correction the clock waits, so that an earlier `now` is never in the
      // future.
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
