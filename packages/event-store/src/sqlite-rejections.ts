import type { KeptRejection, Rejection } from './port.ts';
import type { SqliteDatabase, SqliteRow } from './sqlite-driver.ts';

export interface Rejections {
  keep(rejections: readonly Rejection[], rejectedAt: number): bigint[];
  resolve(ids: readonly bigint[], resolvedAt: number): void;
  list(options: {
    readonly after?: bigint;
    readonly limit: number;
    readonly includeResolved?: boolean;
  }): KeptRejection[];
  get(ids: readonly bigint[]): KeptRejection[];
}

/** A rejection is kept as JSON: what was sent may hold NULs and lone surrogates, which no text column brings back whole. */
export function openRejections(database: SqliteDatabase): Rejections {
  const insert = database.prepare('INSERT INTO rejections (rejected_at, rejection) VALUES (?, ?) RETURNING id');
  const resolve = database.prepare('UPDATE rejections SET resolved_at = ? WHERE id = ? AND resolved_at IS NULL');
  const listOpen = database.prepare(
    'SELECT * FROM rejections WHERE id > ? AND resolved_at IS NULL ORDER BY id LIMIT ?',
  );
  const listAll = database.prepare('SELECT * FROM rejections WHERE id > ? ORDER BY id LIMIT ?');
  const select = database.prepare('SELECT * FROM rejections WHERE id = ?');
  return {
    keep: (rejections, rejectedAt) =>
      // Every row is fetched, so that the statement is finished before the transaction is.
      rejections.map((rejection) => BigInt(insert.all(rejectedAt, JSON.stringify(rejection))[0]!.id as number)),
    resolve(ids, resolvedAt) {
      for (const id of ids) resolve.run(resolvedAt, Number(id));
    },
    list: ({ after = 0n, limit, includeResolved = false }) =>
      (includeResolved ? listAll : listOpen).all(Number(after), limit).map(keptRejection),
    get: (ids) =>
      ids
        .map((id) => select.get(Number(id)))
        .filter((row) => row !== undefined)
        .map(keptRejection),
  };
}

function keptRejection(row: SqliteRow): KeptRejection {
  return {
    ...(JSON.parse(row.rejection as string) as Rejection),
    rejectionId: BigInt(row.id as number),
    rejectedAt: row.rejected_at as number,
    resolvedAt: row.resolved_at as number | null,
  };
}
