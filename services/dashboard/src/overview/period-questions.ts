import type {
  ComplaintsReport,
  FailureRates,
  IndexAnswer,
  PromisesReport,
  ShownNode,
  Stages,
  Transitions,
} from '@touchstone/api';
import { REPORT_REFRESH_MS, type Shown, useAnswer } from '../data/use-answer.ts';
import { currentTimeZone } from '../i18n/format.ts';
import { bucketOf, type Period, pathOf, spanParameters } from '../selection/selection.ts';

/** An answer about the period, and the same about the period before where it is compared. */
export interface Compared<T> {
  readonly now: Shown<T>;
  readonly before: T | undefined;
}

type Span = { readonly from: string | null; readonly to: string | null };

function useCompared<T>(period: Period, compares: boolean, pathFor: (span: Span) => string): Compared<T> {
  const now = useAnswer<T>(pathFor(period), REPORT_REFRESH_MS);
  const before = useAnswer<T>(compares && period.before !== null ? pathFor(period.before) : null, REPORT_REFRESH_MS);
  return { now, before: compares && !before.isBehind ? before.data : undefined };
}

/** Beyond this number of groups the API gives one row for the others. */
const GROUPS_MAX = '500';

export const useFailureRates = (period: Period, compares: boolean, by: string): Compared<FailureRates> =>
  useCompared(period, compares, (span) =>
    pathOf('/v1/touchpoints/failure-rates', { by, groupsMax: GROUPS_MAX, ...spanParameters(span) }),
  );

export const useTransitions = (period: Period, compares: boolean): Compared<Transitions> =>
  useCompared(period, compares, (span) => pathOf('/v1/loyalty/transitions', spanParameters(span)));

export const usePromisesReport = (period: Period, compares: boolean): Compared<PromisesReport> =>
  useCompared(period, compares, (span) => pathOf('/v1/promises/report', spanParameters(span)));

export const useComplaintsReport = (period: Period, compares: boolean): Compared<ComplaintsReport> =>
  useCompared(period, compares, (span) => pathOf('/v1/complaints/report', spanParameters(span)));

export function useStages(period: Period): Shown<Stages> {
  const bucket = bucketOf(period);
  return useAnswer<Stages>(
    pathOf('/v1/loyalty/stages', { ...spanParameters(period), bucket, timeZone: currentTimeZone() }),
    REPORT_REFRESH_MS,
  );
}

/** The moves of the period by the buckets of {@link useStages}. */
export function useMovesByTime(period: Period): Shown<Transitions> {
  const parameters = { ...spanParameters(period), bucket: bucketOf(period), timeZone: currentTimeZone() };
  return useAnswer<Transitions>(pathOf('/v1/loyalty/transitions', parameters), REPORT_REFRESH_MS);
}

/** The measures of the page's tiles, as one tree, so that one question answers all of them. */
const tree = {
  id: 'overview',
  children: [
    { id: 'score', measure: 'journey-score' },
    { id: 'csat', measure: 'csat' },
    { id: 'success', measure: 'success' },
    { id: 'promises', measure: 'promise-keeping' },
    { id: 'answered', measure: 'answered-within' },
  ],
} as const;
export type MeasureId = (typeof tree.children)[number]['id'];

export interface Measured {
  readonly value: number | null;
  readonly n: number;
}

/** The measures of one bucket of the period, by its begin in ms. */
export interface CourseRow {
  readonly at: number;
  readonly of: (id: MeasureId) => Measured | undefined;
}

export interface Measures {
  readonly now: Shown<IndexAnswer>;
  readonly course: Shown<IndexAnswer>;
  /** Whether the buckets of the course are hours. */
  readonly isFine: boolean;
  readonly courseOf: (rows: IndexAnswer['rows']) => readonly CourseRow[];
  readonly of: (id: MeasureId) => {
    readonly now: Measured | undefined;
    readonly before: Measured | undefined;
    readonly course: readonly (number | null)[];
  };
}

/** The measures of the period, of the period before, and their course within the period. */
export function useMeasures(period: Period, compares: boolean): Measures {
  const path = '/v1/analytics/index';
  const now = useAnswer<IndexAnswer>({ path, body: { tree, ...spanParameters(period) } }, REPORT_REFRESH_MS);
  const earlier = useAnswer<IndexAnswer>(
    compares && period.before !== null ? { path, body: { tree, ...period.before } } : null,
    REPORT_REFRESH_MS,
  );
  const zone = { bucket: bucketOf(period), timeZone: currentTimeZone() };
  const course = useAnswer<IndexAnswer>(
    { path, body: { tree, ...spanParameters(period), ...zone } },
    REPORT_REFRESH_MS,
  );
  return {
    now,
    course,
    isFine: zone.bucket === '1h',
    courseOf: (rows) =>
      rows.flatMap((row) =>
        row.bucket === undefined ? [] : [{ at: Date.parse(row.bucket), of: (id: MeasureId) => measured(row, id) }],
      ),
    of: (id) => ({
      now: measured(now.data?.rows[0], id),
      before: compares && !earlier.isBehind ? measured(earlier.data?.rows[0], id) : undefined,
      course: (course.data?.rows ?? []).map((row) => measured(row, id)?.value ?? null),
    }),
  };
}

function measured(row: IndexAnswer['rows'][number] | undefined, id: MeasureId): Measured | undefined {
  const root = row?.tree as ShownNode | undefined;
  if (root === undefined || !('children' in root)) return undefined;
  const leaf = root.children.find((child) => child.id === id);
  return leaf === undefined || 'children' in leaf ? undefined : { value: leaf.value, n: leaf.n };
}
