/** Result of one check of the doctor. */
export interface Check {
  readonly what: string;
  /** `unknown`: there is nothing to check, which is no fault. */
  readonly state: 'good' | 'bad' | 'unknown';
  readonly found: string;
  /** How to mend it; only for a failed check. */
  readonly advice?: string;
}

export const good = (what: string, found: string): Check => ({ what, state: 'good', found });
export const unknown = (what: string, found: string): Check => ({ what, state: 'unknown', found });
export const bad = (what: string, found: string, advice: string): Check => ({ what, state: 'bad', found, advice });
