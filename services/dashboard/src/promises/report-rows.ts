import { currentTimeZone, dayText, shortTimeText } from '../i18n/format.ts';
import { bucketOf, type Changes, type Period, spanParameters } from '../selection/selection.ts';

/** Names by which reports split, and `time`. */
export type By = 'touchpoint' | 'journeyType' | 'channel' | 'severity' | 'team' | 'site' | 'what' | 'time';

type Named = { readonly [Name in By]?: string | undefined } & { readonly bucket?: string | undefined };

/** The parameters of a report that is split so. */
export function splitParameters(by: By, period: Period): Record<string, string> {
  const span = spanParameters(period);
  return by === 'time' ? { ...span, bucket: bucketOf(period), timeZone: currentTimeZone() } : { ...span, by };
}

/** The ledger behind a row: by the same name, or of the same bucket. */
export function behindRow(row: Named, by: By, next: string | undefined): Changes {
  if (by === 'time') return { last: undefined, from: row.bucket, to: next };
  return { [by === 'journeyType' ? 'type' : by]: row[by] ?? '' };
}

/** The name of a row, or the begin of its bucket; empty where rows have none. */
export function nameOfRow(row: Named, by: By, period: Period): string {
  if (by !== 'time') return row[by] ?? '';
  if (row.bucket === undefined) return '';
  return bucketOf(period) === '1h' ? shortTimeText(row.bucket) : dayText(row.bucket);
}
