import { bucketsMs, endpoints, type Request, type Told } from '@touchstone/api';
import { isRefused } from '@touchstone/event-store';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/journey';
import {
  byMinuteAndSource,
  type Conservation,
  type ConservationGap,
  type ConservationRow,
  type ConservationSources,
  findFaults,
  onOneGeneration,
  readConservation,
} from '@touchstone/operations';
import { OTHER, shownName } from '@touchstone/read-models';
import { inSlices, Problem } from '@touchstone/runtime';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { assertShown } from '../asker.ts';
import type { QueryDeps } from '../deps.ts';
import { serveEndpoint } from '../serve-endpoint.ts';
import { costlyAnswers } from '../waits/costly-answers.ts';

const SPAN_MAX_MS = 7 * DAY_MS;
/**
 * Spans to try without `from`: the first before `to` with at most `EVENTS_COUNTED_MAX` events
 * counts, else one minute.
 */
const SPANS_MS = [HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS] as const;
/**
 * Counting this many events takes the SQLite log two to three seconds, in slices. One minute is the
 * shortest span, so it is counted whatever its number of events.
 */
export const EVENTS_COUNTED_MAX = 2_000_000;
const ROWS_MAX = 10_000;
const SORTED_LEAST = 1_000;
const SEARCH = { gapsMax: 100, namedMax: 100, searchedMax: 500_000 };

type Parameters = Request<typeof endpoints.getConservation>['query'];

/** Tells for each minute whether all its events are accounted for, and names those that are not. */
export const conservationRoutes: FastifyPluginAsyncZod<QueryDeps> = async (app, deps) => {
  const costly = costlyAnswers(deps, 1);
  serveEndpoint(app, deps, endpoints.getConservation, async (request) => {
    assertShown(deps);
    const { source, bucket } = request.query;
    const span = await spanOf(deps, request.query);
    return costly(request, [span, source, bucket], async (asker) => {
      const readModels = { clickhouse: deps.readModels.clickhouse.forAsker(asker) };
      const sources = { ...deps, readModels, signal: asker.signal };
      return onOneGeneration(sources, async () => {
        const conservation = await readAsked(sources, span);
        const rows = conservation.rows.filter((row) => source === undefined || row.source === source);
        const shown = await withRoom(await bucketed(rows, bucketsMs[bucket]));
        const gaps = await findFaults(sources, { ...conservation, rows }, SEARCH);
        return answerOf(conservation, shown, gaps);
      });
    });
  });
};

/** The span asked for, in whole minutes; without `from`, the longest of `SPANS_MS` that fits. */
interface AskedSpan {
  readonly from: number | undefined;
  readonly to: number;
}

async function spanOf({ store }: QueryDeps, { from, to }: Parameters): Promise<AskedSpan> {
  let end = to;
  if (end === undefined) {
    const last = (await store.lastRecordedAt()) ?? Date.now();
    end = Math.max(last + 1, (from ?? 0) + 1);
  }
  end = Math.ceil(end / MINUTE_MS) * MINUTE_MS;
  const begin = Math.floor((from ?? 0) / MINUTE_MS) * MINUTE_MS;
  if (begin >= end) throw faulty('to', 'must be after from');
  if (from === undefined) return { from, to: end };
  if (end - begin > SPAN_MAX_MS) throw faulty('from', 'must not lie more than 7 days before to');
  return { from: begin, to: end };
}

/**
 * Counts the minutes of the span.
 * @throws Problem `invalid_query` if a span with `from` holds more events than may be counted at
 * once.
 */
export async function readAsked(sources: ConservationSources, { from, to }: AskedSpan): Promise<Conservation> {
  if (from === undefined) return readLatest(sources, to);
  try {
    return await readSpan(sources, from, to);
  } catch (error) {
    if (isRefused(error)) throw faulty('from', error.message);
    throw error;
  }
}

async function readLatest(sources: ConservationSources, end: number): Promise<Conservation> {
  for (const length of SPANS_MS) {
    try {
      return await readSpan(sources, Math.max(0, end - length), end);
    } catch (error) {
      if (!isRefused(error)) throw error;
    }
  }
  return readSpan(sources, end - MINUTE_MS, end);
}

function readSpan(sources: ConservationSources, from: number, to: number): Promise<Conservation> {
  return readConservation(sources, { from, to }, to - from > MINUTE_MS ? EVENTS_COUNTED_MAX : undefined);
}

function faulty(path: string, message: string): Problem {
  return new Problem('invalid_query', `${path}: ${message}`, { errors: [{ path, message }] });
}

/** Sums the rows of each bucket and source. The buckets are in order, their sources are not. */
async function bucketed(rows: readonly ConservationRow[], bucketMs: number): Promise<ConservationRow[]> {
  const sums = new Map<string, ConservationRow>();
  await inSlices(rows, (row) => {
    const minute = row.minute - (row.minute % bucketMs);
    const key = `${minute} ${row.source}`;
    const before = sums.get(key);
    sums.set(key, before === undefined ? { ...row, minute } : { ...before, ...plus(before, row) });
  });
  return [...sums.values()];
}

/**
 * Limits the rows to `ROWS_MAX`: keeps the sources with the greatest gaps, then with most events,
 * and sums the others to one row a bucket. Only these sums may exceed it a little: 7 days have
 * 10,080 minutes.
 */
async function withRoom(rows: readonly ConservationRow[]): Promise<ConservationRow[]> {
  const named = (row: ConservationRow) => ({ ...row, source: shownName(row.source) });
  if (rows.length <= ROWS_MAX) return rows.toSorted(byMinuteAndSource).map(named);
  const buckets = new Set(rows.map(({ minute }) => minute)).size;
  const sums = new Map<string, { gap: number; events: number }>();
  await inSlices(rows, ({ source, gap, accepted, stored, projected, parked }) => {
    const before = sums.get(source) ?? { gap: 0, events: 0 };
    const events = Math.max(accepted, stored, projected + parked);
    sums.set(source, { gap: before.gap + gap, events: before.events + events });
  });
  const most = await firstOf(
    sums,
    Math.max(0, Math.floor(ROWS_MAX / buckets) - 1),
    ([a, x], [b, y]) => y.gap - x.gap || y.events - x.events || (a < b ? -1 : 1),
  );
  const listed = new Set(most.map(([source]) => source));
  const shown: ConservationRow[] = [];
  const others: ConservationRow[] = [];
  await inSlices(rows, (row) => {
    if (listed.has(row.source)) shown.push(row);
    else others.push({ ...row, source: OTHER });
  });
  const sorted = shown.sort(byMinuteAndSource).map(named);
  return [...sorted, ...(await bucketed(others, MINUTE_MS))].sort((a, b) => a.minute - b.minute);
}

/** The first `count` items of an order; sorts a few at a time, because there may be millions. */
async function firstOf<Item>(
  items: Iterable<Item>,
  count: number,
  compare: (a: Item, b: Item) => number,
): Promise<Item[]> {
  let first: Item[] = [];
  await inSlices(items, (item) => {
    first.push(item);
    if (first.length >= 2 * count + SORTED_LEAST) first = first.sort(compare).slice(0, count);
  });
  return first.sort(compare).slice(0, count);
}

const FIGURES = ['accepted', 'cut', 'stored', 'relayed', 'projected', 'parked', 'lag', 'gap'] as const;
const VERDICTS = ['duplicates', 'conflicts', 'rejected'] as const;
type Figures = Pick<ConservationRow, (typeof FIGURES)[number] | (typeof VERDICTS)[number]>;

function plus(a: Figures, b: Figures): Figures {
  const sums = [...FIGURES, ...VERDICTS].map((name) => {
    const [x, y] = [a[name], b[name]];
    return [name, x === null || y === null ? null : x + y] as const;
  });
  return Object.fromEntries(sums) as unknown as Figures;
}

async function answerOf(
  { span, projected, relayed }: Conservation,
  rows: readonly ConservationRow[],
  gaps: readonly ConservationGap[],
): Promise<Told<typeof endpoints.getConservation>> {
  const nothing = Object.fromEntries([...FIGURES, ...VERDICTS].map((name) => [name, 0])) as unknown as Figures;
  let sums: Figures = relayed === null ? { ...nothing, relayed: null } : nothing;
  await inSlices(rows, (row) => {
    sums = plus(sums, row);
  });
  const totals = Object.fromEntries(FIGURES.map((name) => [name, sums[name]])) as Pick<
    Figures,
    (typeof FIGURES)[number]
  >;
  return {
    ...span,
    projected,
    relayed,
    balanced: totals.gap === 0,
    totals,
    rows,
    gaps: gaps.map(({ isSearched, ...gap }) => ({
      ...gap,
      searched: isSearched ? ('whole' as const) : ('partly' as const),
    })),
  };
}
