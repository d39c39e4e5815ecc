import { journeyStatuses, levels, promiseStates, stages } from '@touchstone/api/vocabulary';
import { type Attributes, column, type RowOf, table } from './columns.ts';
import type { Proof } from './encoding/row-proof.ts';

/**
 * The tables of a generation, declared once: row types, the encoder, comparisons, the columns that
 * queries read and the tests' rows follow from this file; a migration creates each column under the
 * same name in snake_case.
 *
 * The projector makes rows as plain values, each a pure function of the log: an absent text is '',
 * an absent number is null, `version` is the position of the last event that a row reflects (a
 * later version replaces it), and `proof` is a 32-bit hash of the row's content, see
 * `row-proof.ts`.
 */

/** One published event, wide and immutable: written once, never changed. */
export const momentsTable = table('moments', {
  position: column.position(),
  recordedAt: column.time(),
  time: column.time(),
  eventId: column.text(),
  source: column.word(),
  type: column.word(),
  customerId: column.text(),
  journeyId: column.text(),
  /** The journey's own type, from its first event, not the type that this event names. */
  journeyType: column.word(),
  touchpoint: column.word(),
  channel: column.word(),
  /** `succeeded`, `failed`, `abandoned`; '' if the event is no moment. */
  outcome: column.word(),
  cause: column.word(),
  /** `exceeded`, `confirmed`, `failed`; '' if the event has no score. */
  verdict: column.word(),
  expectation: column.maybeNumber(),
  perception: column.maybeNumber(),
  score: column.maybeNumber(),
  weight: column.maybeNumber(),
  durationMs: column.maybeNumber(),
  effort: column.maybeNumber(),
  /** Expectation and perception on 1..5 as the event gives them; those above are as measured. */
  expectationGiven: column.maybeNumber(),
  perceptionGiven: column.maybeNumber(),
  /** The five ratings of RATER, on 1..5. */
  reliability: column.maybeNumber(),
  assurance: column.maybeNumber(),
  tangibles: column.maybeNumber(),
  empathy: column.maybeNumber(),
  responsiveness: column.maybeNumber(),
  instrument: column.word(),
  /** csat and ces on 1..5 as published, nps on 0..10. */
  feedbackScore: column.maybeNumber(),
  /** Text that the customer wrote with their feedback. */
  comment: column.text(),
  promiseId: column.text(),
  complaintId: column.text(),
  dueAt: column.maybeTime(),
  amount: column.maybeNumber(),
  currency: column.word(),
  /** Kind of a recovery, and whether the customer accepted it. */
  recoveryKind: column.word(),
  recoveryAccepted: column.maybeClaim(),
  actorId: column.word(),
  actorTeam: column.word(),
  actorSite: column.word(),
  attributes: column.attributes(),
});
export type MomentRow = RowOf<typeof momentsTable>;

export const journeysTable = table('journeys', {
  version: column.position(),
  customerId: column.text(),
  journeyId: column.text(),
  type: column.word(),
  status: column.word(journeyStatuses),
  startedAt: column.time(),
  lastAt: column.time(),
  endedAt: column.maybeTime(),
  score: column.maybeNumber(),
  /** Satisfaction level of the score; '' without one. */
  level: column.word(['', ...levels]),
  moments: column.count(),
  failures: column.count(),
  brokenPromises: column.count(),
  promisesKeptLate: column.count(),
  openComplaints: column.count(),
  /**
   * Distinct, in order of first appearance in the log; each of these three keeps the first 256
   * names.
   */
  touchpoints: column.words(),
  channels: column.words(),
  /** Merged from all events of the journey; the last value in the log wins. */
  attributes: column.attributes(),
  /** Touchpoints at which a critical failure stands unrecovered, each with its latest time. */
  standing: column.timesByName(),
  proof: column.count(),
});
export type JourneyRow = RowOf<typeof journeysTable>;

export const customersTable = table('customers', {
  version: column.position(),
  customerId: column.text(),
  stage: column.word(stages),
  /** Time of entering the stage; null for a customer who never left `none`. */
  since: column.maybeTime(),
  /** Satisfaction S, 0..100; null before the first scored moment. */
  satisfaction: column.maybeNumber(),
  satisfiedMoments: column.count(),
  streak: column.count(),
  delights: column.count(),
  purchases: column.count(),
  incidents: column.count(),
  journeys: column.count(),
  moments: column.count(),
  firstAt: column.time(),
  /** Greatest event time: the customer's own clock. */
  lastAt: column.time(),
  /**
   * Attitude of loyalty (S ≥ 75 and ≥ 3 satisfied moments). Behaviour depends on the current time:
   * see `nthLastPurchaseAt`.
   */
  attitude: column.claim(),
  /** Satisfied (S ≥ 70). Whether the silence is too long depends on the current time. */
  satisfied: column.claim(),
  /**
   * Time of the n-th last purchase, n = policy.loyalty.purchases: behaviour is loyal while it lies
   * within the policy's days.
   */
  nthLastPurchaseAt: column.maybeTime(),
  /** Silence counts from the later of these two. */
  lastMomentAt: column.maybeTime(),
  lastPurchaseAt: column.maybeTime(),
  /** Silence limit of this customer in ms; null in rows of earlier rules. */
  silenceMs: column.maybeNumber(),
  /** The team that served the latest moment, by time and then by position. */
  latestTeam: column.word(),
  /**
   * The next deadline that passes with time alone and that rows do not show yet; null if there is
   * none.
   */
  nextDueAt: column.maybeTime(),
  /** The earliest deadline that rows show and that is not announced yet; null if all are. */
  untoldAt: column.maybeTime(),
  proof: column.count(),
});
export type CustomerRow = RowOf<typeof customersTable>;

export const promisesTable = table('promises', {
  version: column.position(),
  customerId: column.text(),
  promiseId: column.text(),
  /** True: the definition expects it, and nobody published it. */
  expected: column.claim(),
  journeyId: column.text(),
  journeyType: column.word(),
  touchpoint: column.word(),
  what: column.text(),
  /** Only expected promises have a channel: that of the moment that opened them. */
  channel: column.word(),
  /** Actor and attributes of the event that opened the promise. */
  actorTeam: column.word(),
  actorSite: column.word(),
  attributes: column.attributes(),
  madeAt: column.time(),
  dueAt: column.time(),
  state: column.word(promiseStates),
  /** Time of keeping or withdrawal, in event time. */
  closedAt: column.maybeTime(),
  proof: column.count(),
});
export type PromiseRow = RowOf<typeof promisesTable>;

export const complaintsTable = table('complaints', {
  version: column.position(),
  customerId: column.text(),
  complaintId: column.text(),
  journeyId: column.text(),
  journeyType: column.word(),
  touchpoint: column.word(),
  channel: column.word(),
  severity: column.word(),
  /** Actor and attributes of the event that raised the complaint. */
  actorTeam: column.word(),
  actorSite: column.word(),
  attributes: column.attributes(),
  raisedAt: column.time(),
  /** Least time of all replies. */
  answeredAt: column.maybeTime(),
  resolvedAt: column.maybeTime(),
  followedUpAt: column.maybeTime(),
  firstContact: column.maybeClaim(),
  /** Satisfaction with the resolution, 1..5. */
  satisfaction: column.maybeNumber(),
  /** Satisfaction that the first follow-up with one tells, 1..5. */
  followUpSatisfaction: column.maybeNumber(),
  proof: column.count(),
});
export type ComplaintRow = RowOf<typeof complaintsTable>;

export const trustChangesTable = table('trust_changes', {
  version: column.position(),
  customerId: column.text(),
  /** 0, 1, 2 … within the customer's history. */
  ordinal: column.count(),
  from: column.word(stages),
  to: column.word(stages),
  at: column.time(),
  because: column.word(),
  /** S just before the move; null in rows of earlier rules. */
  satisfaction: column.maybeNumber(),
  /** True: an event from the past has removed this entry from the history. */
  isDeleted: column.mark(),
  proof: column.count(),
});
export type TrustChangeRow = RowOf<typeof trustChangesTable>;

/**
 * An event that the fold could not apply: it is parked, while other events go on. `version` is its
 * own position, or its last retry's.
 */
export const parkedTable = table('parked', {
  version: column.position(),
  position: column.position(),
  customerId: column.text(),
  eventId: column.text(),
  source: column.word(),
  type: column.word(),
  error: column.text(),
  /** Position of the retry that succeeded; 0 while the event is parked. */
  retriedAt: column.position(),
  /** When that retry was recorded; null while the event is parked. */
  retryRecordedAt: column.maybeTime(),
});
export type ParkedRow = RowOf<typeof parkedTable>;

/** The table of each kind of row that a range of the log makes. */
export const tableOf = {
  moments: momentsTable,
  journeys: journeysTable,
  customers: customersTable,
  promises: promisesTable,
  complaints: complaintsTable,
  trustChanges: trustChangesTable,
  parked: parkedTable,
} as const;

/** All rows made from a range of the log, by table. */
export type Rows = { readonly [Name in keyof typeof tableOf]: readonly RowOf<(typeof tableOf)[Name]>[] };

export type { Attributes };

/**
 * The progress of a lane: the number of its customers' moments and parked events up to and
 * including `position`, and the proof of their other rows.
 */
export interface Checkpoint {
  readonly position: bigint;
  readonly moments: number;
  readonly parked: number;
  /**
   * Null if unknown: the rows are of an earlier version, or the lanes were repartitioned while some
   * customers' rows were further ahead.
   */
  readonly proof: Proof | null;
  /**
   * Proof of the log's event at that position, or the last before it; empty if none was written.
   */
  readonly history: string;
}

/** The checkpoints of each lane among `lanes`. */
export const checkpointsTable = table('checkpoints', {
  lanes: column.count(),
  lane: column.count(),
  position: column.position(),
  moments: column.position(),
  parked: column.position(),
  proof: column.text(),
  history: column.text(),
});

export const writersTable = table('writers', {
  lanes: column.count(),
  lane: column.count(),
  epoch: column.position(),
});

/** A fact about a generation: see the migration that creates the table. */
export const generationsTable = table('generations', {
  ordinal: column.position(),
  fact: column.word(['claimed', 'created', 'adopted', 'in-force', 'kept', 'distrusted', 'dropped']),
  generation: column.count(),
  measures: column.text(),
  log: column.text(),
});
export type GenerationFact = RowOf<typeof generationsTable>;

/** A fact about a rebuild: see the migration that creates the table. */
export const rebuildsTable = table('rebuilds', {
  generation: column.count(),
  fact: column.word(['claimed', 'renewed', 'over']),
});
export type RebuildFact = RowOf<typeof rebuildsTable>;

/** A target of alerts, with its secret: see the migration that creates the table. */
export const targetsTable = table('targets', {
  name: column.text(),
  ordinal: column.position(),
  content: column.text(),
});

export const migrationsTable = table('migrations', {
  database: column.text(),
  name: column.text(),
  sha256: column.text(),
});
export type AppliedMigration = RowOf<typeof migrationsTable>;

/** All tables of a generation's own database. */
export const tablesOfGeneration = [...Object.values(tableOf), checkpointsTable, writersTable];
/** All tables of the database that generations share. */
export const sharedTables = [generationsTable, rebuildsTable, targetsTable, migrationsTable];
