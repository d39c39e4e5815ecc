import { instantOf, type LedgerEntry, withoutHalfPairs } from '../minute-counts.ts';
import type { AppendOutcome } from '../port.ts';
import { bytesOf, exactNumber, type SqliteDatabase } from './driver.ts';
import { DamagedLog } from './failure.ts';
import { checksumOfRow } from './row-checksum.ts';

/** Outcomes that are counted as rejections when the event is kept, if it is. */
type NotTaken = 'full' | 'tooLarge' | 'erased';
const isTaken = (outcome: AppendOutcome): outcome is Exclude<AppendOutcome, NotTaken> =>
  outcome !== 'full' && outcome !== 'tooLarge' && outcome !== 'erased';

const columnOf = { accepted: 'accepted', duplicate: 'duplicates', conflict: 'conflicts' } as const satisfies Record<
  Exclude<AppendOutcome, NotTaken>,
  keyof LedgerEntry
>;

export interface Ledger {
  /**
   * Adds counts, within the transaction that made them, to the minute of `recordedAt`, ms since
   * 1970.
   */
  write(entries: ReadonlyMap<string, LedgerEntry>, recordedAt: number): void;
  /** Call after the commit of `write`. */
  isWritten(): void;
  /**
   * Takes the counts of a transaction that stores nothing; the next one that stores writes them
   * along, so that repeats cost no flush to the disk. A crash may lose them, but they never include
   * accepted events.
   */
  defer(entries: ReadonlyMap<string, LedgerEntry>): void;
  /** Sum over all sources and minutes. */
  acceptedInAll(): number;
  /**
   * Checks every row.
   * @throws DamagedLog where one is not what was written.
   */
  assertWhole(): void;
}

export function openLedger(database: SqliteDatabase): Ledger {
  const upsert = database.prepare(`
    INSERT INTO ledger (minute, source, accepted, duplicates, conflicts, rejected, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7 + ?8)
    ON CONFLICT (minute, source) DO UPDATE SET
      accepted = accepted + excluded.accepted, duplicates = duplicates + excluded.duplicates,
      conflicts = conflicts + excluded.conflicts, rejected = rejected + excluded.rejected, checksum = checksum + ?8`);
  const total = database.prepare('SELECT coalesce(sum(accepted), 0) AS accepted FROM ledger');
  const deferred = new Map<string, LedgerEntry>();
  return {
    write(entries, recordedAt) {
      const minute = recordedAt - (recordedAt % 60_000);
      for (const [source, entry] of [...deferred, ...entries]) {
        const { accepted, duplicates, conflicts, rejected } = entry;
        const checksum = [checksumOfRow(minute, withoutHalfPairs(source)), weightOf(entry)];
        upsert.run(minute, source, accepted, duplicates, conflicts, rejected, ...checksum);
      }
    },
    isWritten: () => deferred.clear(),
    defer(entries) {
      for (const [source, entry] of entries) {
        const sum = entryOf(deferred, source);
        sum.duplicates += entry.duplicates;
        sum.conflicts += entry.conflicts;
      }
    },
    acceptedInAll: () => Number(total.get()?.accepted),
    assertWhole: () => void openReadLedger(database)(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  };
}

/**
 * Weighted sum of the counts. The checksum of a row is this and that of its key: a transaction that
 * adds counts adds theirs, without reading the row, and it stays below 2^53 up to a milliard events
 * of one minute and source.
 */
function weightOf({ accepted, duplicates, conflicts, rejected }: LedgerEntry): number {
  return accepted + 257 * duplicates + 65_539 * conflicts + 1_048_583 * rejected;
}

const NUMBERS = ['accepted', 'duplicates', 'conflicts', 'rejected', 'checksum']
  .map((column) => `${exactNumber(column)} AS ${column}`)
  .join(', ');

/**
 * Counts of the minutes in `[from, to)`, ms since 1970.
 * @throws DamagedLog where a row is not what was written.
 */
export type ReadLedger = (
  from: number,
  to: number,
) => (LedgerEntry & { readonly minute: number; readonly source: string })[];

export function openReadLedger(database: SqliteDatabase): ReadLedger {
  const span = database.prepare(
    // Reads bytes, because libsql ends the process over a text that is no UTF-8, which damage can
    // make.
    `SELECT minute, CAST(source AS BLOB) AS source, ${NUMBERS} FROM ledger WHERE minute >= ? AND minute < ?`,
  );
  return (from, to) =>
    span.all(from, to).map((row) => {
      const minute = Number(row.minute);
      const source = bytesOf(row.source).toString('utf8');
      const entry = {
        accepted: Number(row.accepted),
        duplicates: Number(row.duplicates),
        conflicts: Number(row.conflicts),
        rejected: Number(row.rejected),
      };
      // Rows of earlier schemas have no checksum.
      if (row.checksum !== null && row.checksum !== checksumOfRow(minute, source) + weightOf(entry)) {
        throw new DamagedLog(
          `the counts of the minute of ${instantOf(minute)} and the source ${JSON.stringify(source)} are not what was written`,
        );
      }
      return { minute, source, ...entry };
    });
}

export function countOutcome(entries: Map<string, LedgerEntry>, source: string, outcome: AppendOutcome): void {
  if (isTaken(outcome)) entryOf(entries, source)[columnOf[outcome]] += 1;
}

export function countRejected(entries: Map<string, LedgerEntry>, source: string): void {
  entryOf(entries, source).rejected += 1;
}

function entryOf(entries: Map<string, LedgerEntry>, source: string): LedgerEntry {
  let entry = entries.get(source);
  if (entry === undefined) {
    entry = { accepted: 0, duplicates: 0, conflicts: 0, rejected: 0 };
    entries.set(source, entry);
  }
  return entry;
}
