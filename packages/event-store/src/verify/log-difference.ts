/** Something in a log that is not as it must be. */
export interface LogDifference {
  /** Where; `null` for what is of no one position. */
  readonly position: bigint | null;
  /** Of the event, as it is stored. */
  readonly stream: string | null;
  /** `event`: it is not there, or not what was accepted. `minute`: more or less was accepted in it than is there. */
  readonly field: 'event' | 'position' | 'recordedAt' | 'identity' | 'minute';
  /** In words. */
  readonly what: string;
}
