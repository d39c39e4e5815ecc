import { MINUTE_MS } from '@touchstone/api/vocabulary';

/** Judged minutes in a row in which no rule holds, after which an alert has ended. */
const QUIET_MINUTES = 5;

/** An alert that fires; `Told` is what is known of it at its begin. Times in ms since 1970. */
export interface Firing<Told> {
  readonly began: number;
  readonly told: Told;
  /** Names of the rules that held at any judged minute since the begin. */
  readonly because: readonly string[];
  /** The last judged minutes in a row at which no rule held. */
  readonly quietMinutes: number;
}

export interface Judged<Told> {
  readonly firing: Firing<Told> | null;
  /** The alert that is now known to have ended, four minutes ago. */
  readonly ended?: { readonly at: number; readonly firing: Firing<Told> };
}

/**
 * Judges the next minute of an alert: `held` names the rules that hold at it, in their order.
 * `tell` is asked for what is known at a begin.
 */
export function judge<Told>(
  firing: Firing<Told> | null,
  at: number,
  held: readonly string[],
  tell: () => Told,
): Judged<Told> {
  if (firing === null) {
    return { firing: held.length === 0 ? null : { began: at, told: tell(), because: held, quietMinutes: 0 } };
  }
  if (held.length > 0) {
    const because = [...firing.because, ...held.filter((rule) => !firing.because.includes(rule))];
    return { firing: { ...firing, because, quietMinutes: 0 } };
  }
  const quietMinutes = firing.quietMinutes + 1;
  if (quietMinutes < QUIET_MINUTES) return { firing: { ...firing, quietMinutes } };
  return { firing: null, ended: { at: at - (QUIET_MINUTES - 1) * MINUTE_MS, firing } };
}
