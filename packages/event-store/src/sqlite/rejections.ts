import { type KeptRejection, REJECTIONS_LISTED_MAX, type Rejection, type RejectionsSize } from '../port.ts';
import { readRejection } from '../read-rejection.ts';
import { bytesOf, type SqliteDatabase, type SqliteRow } from './driver.ts';

export interface Rejections {
  keep(rejections: readonly Rejection[], rejectedAt: number): bigint[];
  resolve(ids: readonly bigint[], resolvedAt: number): void;
  list(options: {
    readonly after?: bigint;
    readonly limit: number;
    readonly includeResolved?: boolean;
  }): KeptRejection[];
  get(ids: readonly bigint[]): KeptRejection[];
  size(): RejectionsSize;
}

/**
 * Selects the text as bytes, because libsql ends the process over a text that is no UTF-8, which
 * damage can make.
 */
const COLUMNS = 'id, rejected_at, resolved_at, CAST(rejection AS BLOB) AS rejection';

/** The reads alone, through any connection. */
export function openRejectionsReading(database: SqliteDatabase): Pick<Rejections, 'list' | 'get'> {
  const nextOpen = database.prepare(
    `SELECT ${COLUMNS} FROM rejections WHERE id > ? AND resolved_at IS NULL ORDER BY id LIMIT 1`,
  );
  const next = database.prepare(`SELECT ${COLUMNS} FROM rejections WHERE id > ? ORDER BY id LIMIT 1`);
  const select = database.prepare(`SELECT ${COLUMNS} FROM rejections WHERE id = ?`);
  return {
    list({ after = 0n, limit, includeResolved = false }) {
      const listed: KeptRejection[] = [];
      const statement = includeResolved ? next : nextOpen;
      let length = 0;
      let last = Number(after);
      while (listed.length < limit && length < REJECTIONS_LISTED_MAX) {
        const row = statement.get(last);
        if (row === undefined) break;
        listed.push(keptRejection(row));
        length += bytesOf(row.rejection).length;
        last = row.id as number;
      }
      return listed;
    },
    get: (ids) =>
      ids
        .map((id) => select.get(Number(id)))
        .filter((row) => row !== undefined)
        .map(keptRejection),
  };
}

/**
 * Most bytes of all rejections, so that a publisher that sends only rubbish cannot fill the log's
 * disk.
 */
export const REJECTIONS_BYTES_MAX = 1024 * 1024 * 1024;

/**
 * Keeps each rejection as JSON, since payloads may hold NULs and lone surrogates that a text column
 * would not return whole. Beyond `bytesMax` the oldest are evicted for the new ones.
 */
export function openRejections(database: SqliteDatabase, bytesMax = REJECTIONS_BYTES_MAX): Rejections {
  const insert = database.prepare('INSERT INTO rejections (rejected_at, rejection) VALUES (?, ?) RETURNING id');
  const resolve = database.prepare('UPDATE rejections SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL');
  const room = openRoom(database, bytesMax);
  return {
    keep(rejections, rejectedAt) {
      const texts = rejections.map((rejection) => JSON.stringify(rejection));
      room.make(texts);
      // Fetching every row finishes the statement before the transaction ends.
      return texts.map((text) => BigInt(insert.all(rejectedAt, text)[0]!.id as number));
    },
    resolve(ids, resolvedAt) {
      for (const id of ids) resolve.run(resolvedAt, Number(id));
    },
    ...openRejectionsReading(database),
    size: room.size,
  };
}

/** Keeps the size in a temporary table, so that a rollback undoes its changes too. */
function openRoom(database: SqliteDatabase, bytesMax: number) {
  database.exec('CREATE TEMP TABLE rejections_size (bytes INTEGER NOT NULL, given_up INTEGER NOT NULL)');
  database.exec(
    'INSERT INTO temp.rejections_size SELECT coalesce(sum(octet_length(rejection)), 0), 0 FROM main.rejections',
  );
  const selectSize = database.prepare('SELECT bytes, given_up FROM temp.rejections_size');
  const setSize = database.prepare('UPDATE temp.rejections_size SET bytes = ?, given_up = ?');
  const oldest = database.prepare('SELECT id, octet_length(rejection) AS bytes FROM rejections ORDER BY id LIMIT 1');
  const giveUp = database.prepare('DELETE FROM rejections WHERE id = ?');
  const size = (): RejectionsSize => {
    const { bytes, given_up: givenUp } = selectSize.get() as { bytes: number; given_up: number };
    return { bytes, givenUp };
  };
  return {
    size,
    make(texts: readonly string[]) {
      let { bytes, givenUp } = size();
      for (const text of texts) bytes += Buffer.byteLength(text);
      while (bytes > bytesMax) {
        const row = oldest.get();
        if (row === undefined) break;
        giveUp.run(row.id as number);
        bytes -= row.bytes as number;
        givenUp++;
      }
      setSize.run(bytes, givenUp);
    },
  };
}

function keptRejection(row: SqliteRow): KeptRejection {
  return {
    ...readRejection(bytesOf(row.rejection).toString('utf8')),
    rejectionId: BigInt(row.id as number),
    rejectedAt: row.rejected_at as number,
    resolvedAt: row.resolved_at as number | null,
  };
}
