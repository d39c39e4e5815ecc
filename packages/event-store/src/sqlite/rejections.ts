import type { Rejection, RejectionsSize } from '../port.ts';
import type { SqliteDatabase } from './driver.ts';
import { checksumOfRow } from './row-checksum.ts';

export interface Rejections {
  keep(rejections: readonly Rejection[], rejectedAt: number): bigint[];
  resolve(ids: readonly bigint[], resolvedAt: number): void;
  size(): RejectionsSize;
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
  const insert = database.prepare(
    'INSERT INTO rejections (rejected_at, rejection, checksum) VALUES (?, ?, ?) RETURNING id',
  );
  const resolve = database.prepare('UPDATE rejections SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL');
  const room = openRoom(database, bytesMax);
  return {
    keep(rejections, rejectedAt) {
      const texts = rejections.map((rejection) => JSON.stringify(rejection));
      room.make(texts);
      // Fetching every row finishes the statement before the transaction ends.
      return texts.map((text) => {
        const checksum = checksumOfRow(rejectedAt, text);
        return BigInt(insert.all(rejectedAt, text, checksum)[0]!.id as number);
      });
    },
    resolve(ids, resolvedAt) {
      for (const id of ids) resolve.run(resolvedAt, Number(id));
    },
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
