import type { MeasurementRules } from '@touchstone/journey';
import type { Filling } from '../workers.ts';
import type { Whose } from './log-of-rows.ts';
import type { Target } from './target.ts';

/** Another generation that is being filled, to take the place of the one in force. */
export interface Next {
  readonly generation: number;
  readonly measures: MeasurementRules;
  readonly projector: Filling;
  /** From now on its projector announces what it finds. */
  speak(): void;
}

/** The rows that answer in this process, as a rebuild sees them, and how it goes over to others. */
export interface Rows {
  /** The generation in force; null while there is none. */
  current(): Target | null;
  /**
   * The generation in force, and how far it is.
   * @throws ReadModelError `unavailable` while there is none.
   */
  inForce(): Target & { readonly projector: Pick<Filling, 'progress'> };
  /** Which log the rows come from, as far as is known. */
  whose(): Whose;
  /** Whether the rows are believed to be as the log makes them. */
  isTrusted(): boolean;
  /** Resolves once {@link inForce} and {@link whose} are known anew. */
  look(): Promise<void>;
  /** Called when the projector of a generation finds that the log is another one by now. */
  onDiverged(generation: number): void;
  /** Called once the next generation is being filled, in place of rows of this log, or another. */
  onFilling(next: Next, inPlaceOf: Whose): void;
  /** Called when a rebuild is over, whether it has switched or not. */
  onEnded(): void;
  /**
   * Goes over to the next generation, which is filled; `switchOver` makes it the one in force.
   * `isAnnounced`: whether the projectors of the one before announce what was found in silence.
   */
  goOver(next: Next, isAnnounced: boolean, switchOver: () => Promise<void>): Promise<void>;
  /**
   * After a switch other processes use the generation before for this long, ms; 0 if there are
   * none.
   */
  readonly noticeMs: number;
}
