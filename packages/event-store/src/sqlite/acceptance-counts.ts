import type { LedgerEntry } from '../minute-counts.ts';
import type { Verdict } from '../port.ts';
import { bytesOf, type SqliteDatabase } from './driver.ts';

/** Verdicts that are counted as rejections when the event is kept, if it is. */
type NotTaken = 'full' | 'tooLarge' | 'erased';
const isTaken = (verdict: Verdict): verdict is Exclude<Verdict, NotTaken> =>
  verdict !== 'full' && verdict !== 'tooLarge' && verdict !== 'erased';

const columnOf = { accepted: 'accepted', duplicate: 'duplicates', conflict: 'conflicts' } as const satisfies Record<
  Exclude<Verdict, NotTaken>,
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
}

export function openLedger(database: SqliteDatabase): Ledger {
  const upsert = database.prepare(`
    INSERT INTO ledger (minute, source, accepted, duplicates, conflicts, rejected) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (minute, source) DO UPDATE SET
      accepted = accepted + excluded.accepted, duplicates = duplicates + excluded.duplicates,
      conflicts = conflicts + excluded.conflicts, rejected = rejected + excluded.rejected`);
  const total = database.prepare('SELECT coalesce(sum(accepted), 0) AS accepted FROM ledger');
  const deferred = new Map<string, LedgerEntry>();
  return {
    write(entries, recordedAt) {
      const minute = recordedAt - (recordedAt % 60_000);
      for (const [source, entry] of [...deferred, ...entries]) {
        upsert.run(minute, source, entry.accepted, entry.duplicates, entry.conflicts, entry.rejected);
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
  };
}

/** Counts of the minutes in `[from, to)`, ms since 1970. */
export type ReadLedger = (
  from: number,
  to: number,
) => (LedgerEntry & { readonly minute: number; readonly source: string })[];

export function openReadLedger(database: SqliteDatabase): ReadLedger {
  const span = database.prepare(
    // Reads bytes, because libsql ends the process over a text that is no UTF-8, which damage can
    // make.
    'SELECT minute, CAST(source AS BLOB) AS source, accepted, duplicates, conflicts, rejected FROM ledger WHERE minute >= ? AND minute < ?',
  );
  return (from, to) =>
    span.all(from, to).map((row) => ({
      minute: Number(row.minute),
      source: bytesOf(row.source).toString('utf8'),
      accepted: Number(row.accepted),
      duplicates: Number(row.duplicates),
      conflicts: Number(row.conflicts),
      rejected: Number(row.rejected),
    }));
}

export function countVerdict(entries: Map<string, LedgerEntry>, source: string, verdict: Verdict): void {
  if (isTaken(verdict)) entryOf(entries, source)[columnOf[verdict]] += 1;
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
