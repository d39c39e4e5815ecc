/** One thing that the doctor looked at. */
export interface Check {
  readonly what: string;
  /** `unknown`: there is nothing to look at, which is no fault. */
  readonly state: 'good' | 'bad' | 'unknown';
  readonly found: string;
  /** What to do; only where something is wrong. */
  readonly advice?: string;
}

export const good = (what: string, found: string): Check => ({ what, state: 'good', found });
export const unknown = (what: string, found: string): Check => ({ what, state: 'unknown', found });
export const bad = (what: string, found: string, advice: string): Check => ({ what, state: 'bad', found, advice });
