import type { ConservationWatchState } from '@touchstone/operations';
import {
  Gauge,
  type Known,
  knownSoon,
  METRICS_PATIENCE,
  type Patience,
  type Registry,
  remembered,
} from '@touchstone/runtime';
import {
  type Disk,
  type FigureSources,
  type Positions,
  readDisk,
  readPositions,
  readState,
  type State,
} from './product-figures.ts';

export interface ProductMetricsOptions extends FigureSources {
  /** Findings of the conservation watch over each minute; absent if none runs. */
  readonly conservation?: () => ConservationWatchState;
  /** How long (ms) figures are cached that took `tookMs` to read. */
  readonly keepMs?: (tookMs: number) => number;
  readonly patience?: Patience;
}

/** One sample of a metric with its labels. */
type Value = readonly [labels: Readonly<Record<string, string>>, value: number];
interface Metric<Figures> {
  readonly help: string;
  readonly labels?: readonly string[];
  readonly values: (figures: Figures) => readonly Value[];
}
type Metrics<Figures> = Readonly<Record<string, Metric<Figures>>>;

/**
 * Several servers may scrape; the cache keeps reads of large tables to a twentieth of the time at
 * most.
 */
const keepLong = (tookMs: number) => Math.max(5000, 20 * tookMs);

/**
 * Product figures at `/metrics`, read on each scrape; a slow figure appears in the next scrape. A
 * figure that cannot be read is left out, never shown as zero, and `touchstone_figures_missing`
 * says so.
 */
export function measureProduct(registry: Registry, options: ProductMetricsOptions): void {
  const { keepMs = keepLong, patience = METRICS_PATIENCE } = options;
  const groups = new Map<string, () => Promise<Known<unknown>>>();

  function serve<Figures>(group: string, read: () => Promise<Figures>, metrics: Metrics<Figures>): void {
    const figures = knownSoon(remembered(read, keepMs), patience);
    groups.set(group, figures);
    for (const [name, metric] of Object.entries(metrics)) serveGauge(registry, name, metric, figures);
  }

  serve('positions', () => readPositions(options), { ...positionMetrics, ...conservationMetrics() });
  serve('state', () => readState(options), stateMetrics);
  const { dataFolder } = options;
  if (dataFolder !== undefined) serve('disk', () => readDisk(dataFolder), diskMetrics);
  serveGauge(registry, 'touchstone_figures_missing', missingFigures, async () => ({
    value: await Promise.all(
      Array.from(groups, async ([group, figures]) => ({ group, isMissing: (await figures()) === undefined })),
    ),
  }));
  const { conservation } = options;
  if (conservation !== undefined) {
    const watched = async () => ({ value: conservation() });
    for (const [name, metric] of Object.entries(watchMetrics)) serveGauge(registry, name, metric, watched);
  }
  const lost = () =>
    options.lostEvents().then(
      (value) => ({ value }),
      () => undefined,
    );
  serveGauge(registry, 'touchstone_lost_events', lostEvents, lost);
  const status = async () => ({ value: options.rebuild.status() });
  for (const [name, metric] of Object.entries(rebuildMetrics)) serveGauge(registry, name, metric, status);
}

function serveGauge<Figures>(
  registry: Registry,
  name: string,
  { help, labels = [], values }: Metric<Figures>,
  figures: () => Promise<Known<Figures>>,
): void {
  new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    async collect() {
      const answer = await figures();
      // Resetting a gauge without labels would leave 0, which would read as a measured value.
      if (labels.length === 0) this.remove();
      else this.reset();
      if (answer !== undefined) for (const [under, value] of values(answer.value)) this.set(under, value);
    },
  });
}

const only = (value: number): readonly Value[] => [[{}, value]];

const positionMetrics: Metrics<Positions> = {
  touchstone_log_position: {
    help: 'Position of the last event in the log.',
    values: ({ log }) => only(Number(log)),
  },
  touchstone_projected_position: {
    help: 'Position up to which the read model in force holds everything.',
    values: ({ projected }) => only(Number(projected)),
  },
  touchstone_projection_lag_seconds: {
    help: 'How long ago the first event that is not projected was stored; 0 if there is none.',
    values: ({ lagMs }) => only(lagMs / 1000),
  },
  touchstone_events_accepted: {
    help: 'Published events whose acceptance was recorded, since the log began.',
    values: ({ accepted }) => only(accepted),
  },
  touchstone_events_cut: {
    help: 'Published events that have left the log since: an operator deleted or truncated their customer.',
    values: ({ cut }) => only(cut),
  },
  touchstone_events_stored: {
    help: 'Published events in the log, counted there, without those that have left it.',
    values: ({ stored }) => only(stored),
  },
  touchstone_events_projected: {
    help: 'Published events in the read model in force, counted there.',
    values: ({ moments }) => only(moments),
  },
  touchstone_events_parked: {
    help: 'Published events that the read model in force has set aside.',
    values: ({ parked }) => only(parked),
  },
  touchstone_generation_in_force: {
    help: 'Number of the generation of the read model that answers.',
    values: ({ generation }) => only(generation),
  },
};

/**
 * While events are under way the second gap is unknown, so the metric keeps the last known gap and
 * says since when.
 */
function conservationMetrics(): Metrics<Positions> {
  let known: { readonly gap: number; readonly at: number } | undefined;
  const learn = (positions: Positions) => {
    const { isAtRest, stored, moments, parked, readAt } = positions;
    if (isAtRest) known = { gap: stored - moments - parked, at: readAt };
    return known;
  };
  return {
    touchstone_conservation_gap: {
      help: 'Events missing between two hops: accepted - stored - cut, and stored - projected - parked as last seen at rest. Anything but 0 is a fault.',
      labels: ['between'],
      values: (positions) => {
        const last = learn(positions);
        const first: Value = [
          { between: 'accepted and stored' },
          positions.accepted - positions.stored - positions.cut,
        ];
        return last === undefined ? [first] : [first, [{ between: 'stored and projected' }, last.gap]];
      },
    },
    touchstone_conservation_checked_timestamp_seconds: {
      help: 'When stored and projected were last compared at rest.',
      values: (positions) => {
        const last = learn(positions);
        return last === undefined ? [] : only(last.at / 1000);
      },
    },
  };
}

const watchMetrics: Metrics<ConservationWatchState> = {
  touchstone_conservation_checked_until_seconds: {
    help: 'All events stored before this time were looked for, minute by minute; seconds since 1970, absent before the first check.',
    values: ({ checkedUntil }) => (checkedUntil === null ? [] : only(checkedUntil / 1000)),
  },
  touchstone_conservation_gap_events: {
    help: 'Events missing or too many, by source, in the minutes checked; a source without any is absent. GET /v1/conservation names them.',
    labels: ['source'],
    values: ({ gaps }) => Array.from(gaps, ([source, events]) => [{ source }, events]),
  },
};

const stateMetrics: Metrics<State> = {
  touchstone_customers: {
    help: 'Customers by trust stage.',
    labels: ['stage'],
    values: ({ overview }) => overview.customersByStage.map(({ stage, customers }) => [{ stage }, customers]),
  },
  touchstone_journeys: {
    help: 'Journeys by status and satisfaction level; level none is without a score.',
    labels: ['status', 'level'],
    values: ({ overview }) =>
      overview.journeysByLevel.map(({ status, level, journeys }) => [{ status, level: level || 'none' }, journeys]),
  },
  touchstone_promises: {
    help: 'Promises by state.',
    labels: ['state'],
    values: ({ overview }) => overview.promisesByState.map(({ state, promises }) => [{ state }, promises]),
  },
  touchstone_read_model_bytes: {
    help: 'Bytes on disk of the generation in force, by table.',
    labels: ['table'],
    values: ({ tables }) => tables.map(({ table, bytes }) => [{ table }, bytes]),
  },
};

const diskMetrics: Metrics<Disk> = {
  touchstone_disk_free_bytes: {
    help: 'Bytes that may still be written to the file system of the data folder.',
    values: ({ free }) => only(free),
  },
  touchstone_disk_size_bytes: {
    help: 'Bytes of the file system of the data folder.',
    values: ({ size }) => only(size),
  },
};

const rebuildMetrics: Metrics<ReturnType<FigureSources['rebuild']['status']>> = {
  touchstone_rebuild_state: {
    help: '1 for the state of the latest rebuild of this process, 0 for the others.',
    labels: ['state'],
    values: ({ state }) =>
      ['none', 'running', 'done', 'failed'].map((name) => [{ state: name }, name === state ? 1 : 0]),
  },
  touchstone_rebuild_position: {
    help: 'How far the latest rebuild has come; absent before the first.',
    values: ({ position }) => (position === null ? [] : only(Number(position))),
  },
  touchstone_rebuild_target: {
    help: 'How far the latest rebuild has to come; absent before the first.',
    values: ({ target }) => (target === null ? [] : only(Number(target))),
  },
};

const lostEvents: Metric<number> = {
  help: 'Events that the log did not hold any more when it was found to have been put back from a backup, until they are dismissed; touchstone lost names them.',
  values: only,
};

const missingFigures: Metric<readonly { readonly group: string; readonly isMissing: boolean }[]> = {
  help: '1 where figures could not be read in time and are left out of this answer.',
  labels: ['figures'],
  values: (groups) => groups.map(({ group, isMissing }) => [{ figures: group }, isMissing ? 1 : 0]),
};
