/** A fault found in a log. */
export interface LogDifference {
  /** Position of the fault; `null` for one without a single position. */
  readonly position: bigint | null;
  /** Stream of the event, as stored. */
  readonly stream: string | null;
  /**
   * `event`: missing, or not what was accepted. `minute`: the log holds more or fewer events than
   * were accepted in it.
   */
  readonly field: 'event' | 'position' | 'recordedAt' | 'identity' | 'minute';
  /** Description for people. */
  readonly what: string;
}
