import type { FailureRate, FailureRates } from '@touchstone/api';

export interface HeatColumn {
  readonly from: string;
  readonly to: string;
  readonly isOpen: boolean;
}

export interface HeatRow {
  readonly touchpoint: string;
  /** One for each column; undefined where nothing happened. */
  readonly cells: readonly (FailureRate | undefined)[];
}

export interface HeatMap {
  readonly columns: readonly HeatColumn[];
  readonly rows: readonly HeatRow[];
}

/** Rates by touchpoint and bucket as a table; rows in the order of `touchpoints`, others behind. */
export function heatMapOf({ rows, to }: FailureRates, touchpoints: readonly string[]): HeatMap {
  const starts = [...new Set(rows.flatMap(({ bucket }) => bucket ?? []))].sort();
  const open = new Set(rows.flatMap(({ bucket, isOpen }) => (isOpen && bucket ? [bucket] : [])));
  const columns = starts.map((from, index) => ({ from, to: starts[index + 1] ?? to ?? from, isOpen: open.has(from) }));
  const byTouchpoint = new Map<string, Map<string, FailureRate>>();
  for (const row of rows) {
    const { touchpoint = '', bucket } = row;
    if (bucket === null) continue;
    const cells = byTouchpoint.get(touchpoint) ?? new Map<string, FailureRate>();
    byTouchpoint.set(touchpoint, cells.set(bucket, row));
  }
  const place = (name: string): number => {
    const at = touchpoints.indexOf(name);
    return at < 0 ? touchpoints.length : at;
  };
  const named = [...byTouchpoint].sort(([a], [b]) => place(a) - place(b));
  return {
    columns,
    rows: named.map(([touchpoint, cells]) => ({ touchpoint, cells: starts.map((start) => cells.get(start)) })),
  };
}

const STEPS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4] as const;

/**
 * Shade of a cell, 0..7. It goes by the lower end of the interval, so that three failures of four
 * look no worse than they are known to be.
 */
export const shadeOf = (low: number | null): number => (low === null ? 0 : STEPS.filter((step) => low > step).length);
