import type { RebuildStatus } from '@touchstone/api';

/** Status before the first rebuild of a process. */
export const NO_REBUILD: RebuildStatus = {
  state: 'none',
  generation: null,
  startedAt: null,
  finishedAt: null,
  position: null,
  target: null,
  comparison: null,
  error: null,
};

export interface RebuildRequest {
  /** Switches even to a generation whose comparison found faults. */
  readonly force: boolean;
}

export interface Rebuild {
  /**
   * Resolves once it has begun; while one runs here, this begins no other.
   * @throws Problem `under_way` while a trial runs, or another process rebuilds.
   */
  start(request?: RebuildRequest): Promise<void>;
  status(): RebuildStatus;
}

export interface ServedRebuild extends Rebuild {
  /** Resolves when no rebuild runs; the status tells whether it succeeded. */
  finished(): Promise<void>;
}
