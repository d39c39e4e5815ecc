import type { EventStore } from '@touchstone/event-store';
import type { MeasurementRules } from '@touchstone/journey';

/** The parts of a log that a projector and a clock need. */
export type WorkLog = Pick<
  EventStore,
  'append' | 'readStream' | 'streamPages' | 'subscribe' | 'cutOf' | 'head' | 'lastRecordedAt'
>;

/** A projector that fills one generation from a log, as the operations see it. */
export interface Filling {
  readonly progress: {
    position(): bigint;
    /** Resolves true once the tables hold everything up to there; false after `timeoutMs`. */
    reached(position: bigint, timeoutMs: number): Promise<boolean>;
  };
  /** Positions of the parked events. */
  readonly parked: ReadonlySet<bigint>;
  /** Resolves when it has stopped; never rejects. */
  readonly stopped: Promise<void>;
  /** The error that stops it at present; null while it advances. */
  fault(): unknown;
  /** Runs `work` while nothing is written, and then resumes from the checkpoint. */
  interlude<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether it ended because the log no longer holds the last projected event. */
  hasDiverged(): boolean;
  /** Proof of the last projected event; undefined if there is none. */
  history(): string | undefined;
  stop(): Promise<void>;
}

export interface ToFill {
  readonly generation: number;
  readonly measures: MeasurementRules;
  /** The log of a trial, for which nothing is announced; default: the log of the process. */
  readonly log?: WorkLog | undefined;
  /** False while another generation is in force; then nothing is announced. */
  readonly isAudible?: (() => boolean) | undefined;
  /** Changes beyond this position are announced even while not audible. */
  readonly toldBeyond?: bigint | undefined;
  /** Called when the filling ends because the log no longer holds the last projected event. */
  readonly onDiverged?: (() => void) | undefined;
}

/**
 * Fills a generation from its checkpoint on, until stopped. The composition gives it, so that the
 * operations know no service.
 */
export type StartFilling = (toFill: ToFill) => Promise<Filling>;

/** The clock that announces deadlines, as the operations see it. */
export interface DeadlineClock {
  /** Resolves when the tables show every passed deadline. */
  settled(): Promise<void>;
  /** Call it after a switch of generations: the tables are other ones now. */
  lookAgain(): void;
  stop(): Promise<void>;
}

export interface ToSettle {
  readonly log: WorkLog;
  readonly generation: number;
  readonly measures: MeasurementRules;
  readonly filling: Filling;
  /** The product's now, ms, at which the trial stands. */
  readonly now: number;
}

/** Announces in the log of a trial what is due at its now, until stopped. */
export type StartTrialClock = (toSettle: ToSettle) => DeadlineClock;
