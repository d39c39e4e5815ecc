import type { ComplaintRow, CustomerRow, JourneyRow, PromiseRow, TrustChangeRow } from '../tables.ts';

/**
 * Hashes a row's content to 32 bits that do not depend on how the log was cut into batches. The sum
 * of these hashes shows whether a table holds all written rows in their last state; the engine's
 * own checksums protect the bytes of each row.
 */

/** Scratch memory for hashing numbers one at a time without allocating. */
const floats = new Float64Array(1);
const halves = new Uint32Array(floats.buffer);

const mixed = (hash: number, word: number) => Math.imul(hash ^ word, 0x9e3779b1) ^ (hash >>> 15);

function number(hash: number, value: number | null): number {
  if (value === null) return mixed(hash, 0x5bd1e995);
  floats[0] = value;
  return mixed(mixed(hash, halves[0]!), halves[1]!);
}

function text(hash: number, value: string): number {
  let to = hash ^ value.length;
  for (let i = 0; i < value.length; i++) to = Math.imul(to ^ value.charCodeAt(i), 0x01000193);
  return mixed(to, 0x27d4eb2f);
}

/** Final mixing step to 0..2^32: every output bit depends on every input bit. */
function finished(hash: number): number {
  let to = hash ^ (hash >>> 16);
  to = Math.imul(to, 0x85ebca6b);
  to ^= to >>> 13;
  to = Math.imul(to, 0xc2b2ae35);
  return (to ^ (to >>> 16)) >>> 0;
}

/** Hashes values by name, whose order belongs to the content. */
function named(hash: number, values: Readonly<Record<string, string | number | boolean>>): number {
  let to = hash;
  for (const name in values) {
    const value = values[name]!;
    to = text(text(to, name), typeof value === 'string' ? value : String(value));
  }
  return to;
}

type Unproven<Row> = Omit<Row, 'proof'>;

/**
 * A customer's version is the position of their last event, and all other fields are a function of
 * that, so the id and the version suffice.
 */
export function proofOfCustomer({ version, customerId }: Unproven<CustomerRow>): number {
  return finished(number(text(1, customerId), Number(version)));
}

export function proofOfJourney(row: Unproven<JourneyRow>): number {
  let hash = text(text(2, row.customerId), row.journeyId);
  hash = text(text(text(hash, row.type), row.status), row.level);
  hash = number(number(number(number(hash, row.startedAt), row.lastAt), row.endedAt), row.score);
  hash = mixed(mixed(mixed(hash, row.moments), row.failures), row.brokenPromises);
  hash = mixed(mixed(hash, row.promisesKeptLate), row.openComplaints);
  // These lists only grow at the end and never change, so their lengths suffice.
  hash = mixed(mixed(hash, row.touchpoints.length), row.channels.length);
  return finished(named(named(hash, row.attributes), row.standing));
}

export function proofOfPromise(row: Unproven<PromiseRow>): number {
  let hash = mixed(text(text(3, row.customerId), row.promiseId), Number(row.expected));
  hash = text(text(text(text(text(hash, row.journeyId), row.journeyType), row.touchpoint), row.what), row.state);
  hash = named(text(text(text(hash, row.channel), row.actorTeam), row.actorSite), row.attributes);
  return finished(number(number(number(hash, row.madeAt), row.dueAt), row.closedAt));
}

export function proofOfComplaint(row: Unproven<ComplaintRow>): number {
  let hash = text(text(4, row.customerId), row.complaintId);
  hash = text(text(text(text(text(hash, row.journeyId), row.journeyType), row.touchpoint), row.channel), row.severity);
  hash = number(number(number(number(hash, row.raisedAt), row.answeredAt), row.resolvedAt), row.followedUpAt);
  hash = named(text(text(hash, row.actorTeam), row.actorSite), row.attributes);
  hash = number(mixed(hash, row.firstContact === null ? 2 : Number(row.firstContact)), row.satisfaction);
  return finished(number(hash, row.followUpSatisfaction));
}

/** Ignores `isDeleted`: a deleted row does not count. */
export function proofOfTrustChange(row: Unproven<TrustChangeRow>): number {
  let hash = mixed(text(5, row.customerId), row.ordinal);
  hash = text(text(text(hash, row.from), row.to), row.because);
  return finished(number(number(hash, row.at), row.satisfaction));
}

/** The tables with replaced rows that carry a proof. */
export const provenTables = ['customers', 'journeys', 'promises', 'complaints', 'trustChanges'] as const;
export type ProvenTable = (typeof provenTables)[number];

/** Number of visible rows of a table, and the sum of their proofs. */
export interface TableProof {
  readonly rows: bigint;
  readonly sum: bigint;
}
export type Proof = Readonly<Record<ProvenTable, TableProof>>;

/** A batch's change of a {@link Proof}: integers, negative if rows or sums decrease. */
export type ProofChange = Readonly<Record<ProvenTable, { readonly rows: number; readonly sum: number }>>;

const perTable = <Value>(of: (table: ProvenTable) => Value) =>
  Object.fromEntries(provenTables.map((table) => [table, of(table)])) as Record<ProvenTable, Value>;

export const emptyProof = (): Proof => perTable(() => ({ rows: 0n, sum: 0n }));

export function proofAfter(proof: Proof, change: ProofChange): Proof {
  return perTable((table) => ({
    rows: proof[table].rows + BigInt(change[table].rows),
    sum: proof[table].sum + BigInt(change[table].sum),
  }));
}

export function sumOfChanges(changes: readonly ProofChange[]): ProofChange {
  return perTable((table) => ({
    rows: changes.reduce((rows, change) => rows + change[table].rows, 0),
    sum: changes.reduce((sum, change) => sum + change[table].sum, 0),
  }));
}

/** The stored form in a checkpoint; '' for an unknown proof. */
export function encodeProof(proof: Proof | null): string {
  return proof === null ? '' : provenTables.map((table) => `${proof[table].rows} ${proof[table].sum}`).join(',');
}

/** Null for a text that {@link encodeProof} did not write. */
export function decodeProof(encoded: string): Proof | null {
  const tables = encoded.split(',').map((pair) => /^(\d+) (\d+)$/.exec(pair));
  if (tables.length !== provenTables.length || tables.includes(null)) return null;
  return perTable((table) => {
    const [, rows, sum] = tables[provenTables.indexOf(table)]!;
    return { rows: BigInt(rows!), sum: BigInt(sum!) };
  });
}
