/** The rows that are shown, which may have been made before an event was damaged. */
export interface ShownRows {
  /** Whether the rows count the event of this position, which can no longer be read. */
  isCounted(position: bigint): boolean;
  /** Declares the rows wrong for this reason; they are then refilled from the log as it is now. */
  distrust(reason: string): void;
}
