import { type EventStore, type KeptRejection, REJECTIONS_LISTED_MAX } from '../../port.ts';
import { damagedRejection, readRejection } from '../../read-rejection.ts';
import { bytesOf, exactNumber, type SqliteDatabase, type SqliteRow } from '../driver.ts';
import type { Guard } from '../failure.ts';
import { checksumOfRow } from '../row-checksum.ts';
import type { InTurn } from './reading-turns.ts';

export interface RejectionsReading {
  /** One page, read row by row as it is iterated; see `listRejections` of the port. */
  list(listing: Parameters<EventStore['listRejections']>[0]): Iterable<KeptRejection>;
  get(ids: readonly bigint[]): KeptRejection[];
}

/**
 * Selects the text as bytes, because libsql ends the process over a text that is no UTF-8, which
 * damage can make.
 */
const COLUMNS = ['rejected_at', 'resolved_at', 'checksum']
  .map((column) => `${exactNumber(column)} AS ${column}`)
  .concat('id', 'CAST(rejection AS BLOB) AS rejection')
  .join(', ');

/** Reads rejections through any connection. */
export function openRejectionsReading(database: SqliteDatabase): RejectionsReading {
  const nextOpen = database.prepare(
    `SELECT ${COLUMNS} FROM rejections WHERE id > ? AND resolved_at IS NULL ORDER BY id LIMIT 1`,
  );
  const next = database.prepare(`SELECT ${COLUMNS} FROM rejections WHERE id > ? ORDER BY id LIMIT 1`);
  const select = database.prepare(`SELECT ${COLUMNS} FROM rejections WHERE id = ?`);
  return {
    *list({ after = 0n, limit, includeResolved = false }) {
      const statement = includeResolved ? next : nextOpen;
      let last = Number(after);
      for (let listed = 0, length = 0; listed < limit && length < REJECTIONS_LISTED_MAX; listed++) {
        const row = statement.get(last);
        if (row === undefined) return;
        yield keptRejection(row);
        length += bytesOf(row.rejection).length;
        last = row.id as number;
      }
    },
    get: (ids) =>
      ids
        .map((id) => select.get(Number(id)))
        .filter((row) => row !== undefined)
        .map(keptRejection),
  };
}

/**
 * Reads rejections in the readers' turns. The writing thread has no part in it, so that publishers
 * do not wait for those who list large rejections.
 */
export function openRejectionPages(
  database: SqliteDatabase,
  inTurn: InTurn,
  guard: Guard,
): Pick<EventStore, 'listRejections' | 'getRejections'> {
  const { list, get } = openRejectionsReading(database);
  return {
    async listRejections(listing) {
      const rows = list(listing)[Symbol.iterator]();
      const listed: KeptRejection[] = [];
      for (;;) {
        const row = await inTurn(() => guard(() => rows.next()));
        if (row.done) return listed;
        listed.push(row.value);
      }
    },
    getRejections: (ids) => inTurn(() => guard(() => get(ids))),
  };
}

function keptRejection(row: SqliteRow): KeptRejection {
  const text = bytesOf(row.rejection).toString('utf8');
  // Rows of earlier schemas have no checksum.
  const isWhole = row.checksum === null || row.checksum === checksumOfRow(row.rejected_at as number | null, text);
  return {
    ...(isWhole ? readRejection(text) : damagedRejection(text)),
    rejectionId: BigInt(row.id as number),
    rejectedAt: Number(row.rejected_at),
    resolvedAt: row.resolved_at as number | null,
  };
}
