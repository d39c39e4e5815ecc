import {
  booleans,
  type Column,
  type Columns,
  counts,
  type Kind,
  lists,
  maps,
  maybeBooleans,
  maybeNumbers,
  maybeTimes,
  positions,
  readerOf,
  texts,
  times,
} from './encoding/encode-rows.ts';
import type { Proof } from './encoding/row-proof.ts';
import type {
  Attributes,
  ComplaintRow,
  CustomerRow,
  JourneyRow,
  MomentRow,
  ParkedRow,
  PromiseRow,
  TrustChangeRow,
} from './rows.ts';

/** A table of a generation and its columns, in the order in which they are inserted. */
export interface Table<Row> {
  readonly name: string;
  readonly columns: Columns<Row>;
}

/** The fields of a row whose value has a type. */
type FieldOf<Row, Value> = { [Field in keyof Row]-?: Row[Field] extends Value ? Field : never }[keyof Row] & string;

const snake = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function column<Row, Value>(type: string, kind: Kind) {
  return <Field extends FieldOf<Row, Value>>(field: Field): Column<Row> => ({
    name: snake(field),
    type,
    read: readerOf(field),
    kind,
  });
}

const TIME = "DateTime64(3, 'UTC')";

function columnsOf<Row>() {
  return {
    position: column<Row, bigint>('UInt64', positions),
    text: column<Row, string>('String', texts),
    /** A text of which there are few: names, states, kinds. */
    word: column<Row, string>('LowCardinality(String)', texts),
    count: column<Row, number>('UInt32', counts),
    maybeNumber: column<Row, number | null>('Nullable(Float64)', maybeNumbers),
    time: column<Row, number>(TIME, times),
    maybeTime: column<Row, number | null>(`Nullable(${TIME})`, maybeTimes),
    claim: column<Row, boolean>('Bool', booleans),
    maybeClaim: column<Row, boolean | null>('Nullable(Bool)', maybeBooleans),
    mark: column<Row, boolean>('UInt8', booleans),
    words: column<Row, readonly string[]>('Array(LowCardinality(String))', lists),
    attributes: column<Row, Attributes>('Map(LowCardinality(String), String)', maps),
  };
}

const moment = columnsOf<MomentRow>();
export const momentsTable: Table<MomentRow> = {
  name: 'moments',
  columns: [
    moment.position('position'),
    moment.time('recordedAt'),
    moment.time('time'),
    moment.text('eventId'),
    moment.word('source'),
    moment.word('type'),
    moment.text('customerId'),
    moment.text('journeyId'),
    moment.word('journeyType'),
    moment.word('touchpoint'),
    moment.word('channel'),
    moment.word('outcome'),
    moment.word('cause'),
    moment.word('verdict'),
    moment.maybeNumber('expectation'),
    moment.maybeNumber('perception'),
    moment.maybeNumber('score'),
    moment.maybeNumber('weight'),
    moment.maybeNumber('durationMs'),
    moment.maybeNumber('effort'),
    moment.word('instrument'),
    moment.maybeNumber('feedbackScore'),
    moment.text('promiseId'),
    moment.text('complaintId'),
    moment.maybeTime('dueAt'),
    moment.maybeNumber('amount'),
    moment.word('currency'),
    moment.word('actorId'),
    moment.word('actorTeam'),
    moment.word('actorSite'),
    moment.attributes('attributes'),
  ],
};

const journey = columnsOf<JourneyRow>();
export const journeysTable: Table<JourneyRow> = {
  name: 'journeys',
  columns: [
    journey.position('version'),
    journey.text('customerId'),
    journey.text('journeyId'),
    journey.word('type'),
    journey.word('status'),
    journey.time('startedAt'),
    journey.time('lastAt'),
    journey.maybeTime('endedAt'),
    journey.maybeNumber('score'),
    journey.word('level'),
    journey.count('moments'),
    journey.count('failures'),
    journey.count('brokenPromises'),
    journey.count('promisesKeptLate'),
    journey.count('openComplaints'),
    journey.words('touchpoints'),
    journey.words('channels'),
    journey.attributes('attributes'),
    journey.count('proof'),
  ],
};

const customer = columnsOf<CustomerRow>();
export const customersTable: Table<CustomerRow> = {
  name: 'customers',
  columns: [
    customer.position('version'),
    customer.text('customerId'),
    customer.word('stage'),
    customer.maybeTime('since'),
    customer.maybeNumber('satisfaction'),
    customer.count('satisfiedMoments'),
    customer.count('streak'),
    customer.count('delights'),
    customer.count('purchases'),
    customer.count('incidents'),
    customer.count('journeys'),
    customer.count('moments'),
    customer.time('firstAt'),
    customer.time('lastAt'),
    customer.claim('attitude'),
    customer.claim('satisfied'),
    customer.maybeTime('nthLastPurchaseAt'),
    customer.maybeTime('lastMomentAt'),
    customer.maybeTime('lastPurchaseAt'),
    customer.maybeNumber('silenceMs'),
    customer.maybeTime('nextDueAt'),
    customer.maybeTime('untoldAt'),
    customer.count('proof'),
  ],
};

const promise = columnsOf<PromiseRow>();
export const promisesTable: Table<PromiseRow> = {
  name: 'promises',
  columns: [
    promise.position('version'),
    promise.text('customerId'),
    promise.text('promiseId'),
    promise.text('journeyId'),
    promise.word('journeyType'),
    promise.word('touchpoint'),
    promise.text('what'),
    promise.time('madeAt'),
    promise.time('dueAt'),
    promise.word('state'),
    promise.maybeTime('closedAt'),
    promise.count('proof'),
  ],
};

const complaint = columnsOf<ComplaintRow>();
export const complaintsTable: Table<ComplaintRow> = {
  name: 'complaints',
  columns: [
    complaint.position('version'),
    complaint.text('customerId'),
    complaint.text('complaintId'),
    complaint.text('journeyId'),
    complaint.word('journeyType'),
    complaint.word('touchpoint'),
    complaint.word('channel'),
    complaint.word('severity'),
    complaint.time('raisedAt'),
    complaint.maybeTime('answeredAt'),
    complaint.maybeTime('resolvedAt'),
    complaint.maybeTime('followedUpAt'),
    complaint.maybeClaim('firstContact'),
    complaint.maybeNumber('satisfaction'),
    complaint.count('proof'),
  ],
};

const change = columnsOf<TrustChangeRow>();
export const trustChangesTable: Table<TrustChangeRow> = {
  name: 'trust_changes',
  columns: [
    change.position('version'),
    change.text('customerId'),
    change.count('ordinal'),
    change.word('from'),
    change.word('to'),
    change.time('at'),
    change.word('because'),
    change.maybeNumber('satisfaction'),
    change.mark('isDeleted'),
    change.count('proof'),
  ],
};

const parked = columnsOf<ParkedRow>();
export const parkedTable: Table<ParkedRow> = {
  name: 'parked',
  columns: [
    parked.position('version'),
    parked.position('position'),
    parked.text('customerId'),
    parked.text('eventId'),
    parked.word('source'),
    parked.word('type'),
    parked.text('error'),
    parked.position('retriedAt'),
  ],
};

/** How far a lane has come: how many moments and parked events of its customers there are up to and with `position`, and what their other rows say. */
export interface Checkpoint {
  readonly position: bigint;
  readonly moments: number;
  readonly parked: number;
  /** Null where it is not known: of rows of an earlier version, or of customers that were shared out anew while rows of some were further. */
  readonly proof: Proof | null;
  /** Proof of what stands there in the log, or last before it; empty where none was written. */
  readonly history: string;
}

/** Of one lane among `lanes`. */
interface CheckpointRow {
  readonly lanes: number;
  readonly lane: number;
  readonly position: bigint;
  readonly moments: bigint;
  readonly parked: bigint;
  readonly proof: string;
  readonly history: string;
}

const checkpoint = columnsOf<CheckpointRow>();
export const checkpointsTable: Table<CheckpointRow> = {
  name: 'checkpoints',
  columns: [
    checkpoint.count('lanes'),
    checkpoint.count('lane'),
    checkpoint.position('position'),
    checkpoint.position('moments'),
    checkpoint.position('parked'),
    checkpoint.text('proof'),
    checkpoint.text('history'),
  ],
};

interface WriterRow {
  readonly lanes: number;
  readonly lane: number;
  readonly epoch: bigint;
}

const writer = columnsOf<WriterRow>();
export const writersTable: Table<WriterRow> = {
  name: 'writers',
  columns: [writer.count('lanes'), writer.count('lane'), writer.position('epoch')],
};

/** A fact about a generation: see the migration that creates the table. */
export interface GenerationFact {
  readonly ordinal: bigint;
  readonly fact: 'claimed' | 'created' | 'adopted' | 'in-force' | 'kept' | 'distrusted' | 'dropped';
  readonly generation: number;
  readonly measures: string;
  readonly log: string;
}

const fact = columnsOf<GenerationFact>();
export const generationsTable: Table<GenerationFact> = {
  name: 'generations',
  columns: [
    fact.position('ordinal'),
    fact.word('fact'),
    fact.count('generation'),
    fact.text('measures'),
    fact.text('log'),
  ],
};

/** A fact about a rebuild: see the migration that creates the table. */
export interface RebuildFact {
  readonly generation: number;
  readonly fact: 'claimed' | 'renewed' | 'over';
}

const rebuild = columnsOf<RebuildFact>();
export const rebuildsTable: Table<RebuildFact> = {
  name: 'rebuilds',
  columns: [rebuild.count('generation'), rebuild.word('fact')],
};

export interface AppliedMigration {
  readonly database: string;
  readonly name: string;
  readonly sha256: string;
}

const applied = columnsOf<AppliedMigration>();
export const migrationsTable: Table<AppliedMigration> = {
  name: 'migrations',
  columns: [applied.text('database'), applied.text('name'), applied.text('sha256')],
};
