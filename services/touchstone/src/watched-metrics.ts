import type { EventStore } from '@touchstone/event-store';
import {
  type AlertsLedger,
  heartbeatState,
  heartbeatsLedger,
  type MomentSource,
  newestByName,
  objectiveState,
  objectivesLedger,
  type SendingsLedger,
  type TargetRegistry,
} from '@touchstone/operations';
import { Gauge, knownSoon, METRICS_PATIENCE, type Registry, remembered } from '@touchstone/runtime';

export interface WatchedFigures {
  readonly store: EventStore;
  readonly alerts: Pick<AlertsLedger, 'list'>;
  readonly targets: Pick<TargetRegistry, 'list'>;
  readonly sendings: Pick<SendingsLedger, 'of'>;
  readonly source: () => MomentSource;
  /** The time of day, ms. */
  readonly now: () => Promise<number>;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** Several servers may scrape. */
const KEEP_MS = 1_000;
/** Budgets count weeks of moments, so they are read for a twentieth of the time at most. */
const keepLong = (tookMs: number) => Math.max(60_000, 20 * tookMs);

/** Shows alerts, budgets, burn rates, silence and targets; nothing while it cannot be read. */
export function measureWatched(registry: Registry, figures: WatchedFigures): void {
  const known = <Value>(read: () => Promise<Value>, keepMs: (tookMs: number) => number = () => KEEP_MS) =>
    knownSoon(remembered(read, keepMs), METRICS_PATIENCE);
  const alerts = known(() => readAlerts(figures));
  const objectives = known(() => readObjectives(figures), keepLong);
  const silence = known(() => readSilence(figures), keepLong);
  const targets = known(() => readTargets(figures));

  new Gauge({
    name: 'touchstone_alert_firing',
    help: 'Whether an alert of an objective, a heartbeat or a watch fires: 1, or 0 once it has ended.',
    labelNames: ['kind', 'name', 'severity'],
    registers: [registry],
    async collect() {
      show(this, (await alerts())?.value);
    },
  });
  new Gauge({
    name: 'touchstone_objective_budget_spent_ratio',
    help: 'Failures of the last windowDays as a part of those that the objective allows.',
    labelNames: ['name'],
    registers: [registry],
    async collect() {
      show(this, (await objectives())?.value.budgets);
    },
  });
  new Gauge({
    name: 'touchstone_objective_burn_rate',
    help: 'Failure rate of a window of a rule as a multiple of the allowed one.',
    labelNames: ['name', 'rule', 'window'],
    registers: [registry],
    async collect() {
      show(this, (await objectives())?.value.burnRates);
    },
  });
  new Gauge({
    name: 'touchstone_heartbeat_age_seconds',
    help: 'How long ago the last moment of a heartbeat was, whatever its hours; absent where none was.',
    labelNames: ['name'],
    registers: [registry],
    async collect() {
      show(this, (await silence())?.value);
    },
  });
  new Gauge({
    name: 'touchstone_target_failing',
    help: 'Whether a target of alerts has not taken the message that is tried again: 1, otherwise 0.',
    labelNames: ['name'],
    registers: [registry],
    async collect() {
      show(this, (await targets())?.value);
    },
  });
}

/** Later samples of the same labels replace earlier ones. */
function show(gauge: Gauge<string>, samples: readonly Sample[] = []): void {
  gauge.reset();
  for (const [labels, value] of samples) gauge.set(labels, value);
}

async function readAlerts({ alerts }: WatchedFigures): Promise<readonly Sample[]> {
  // In the order of their begins, so that the newest of each decides.
  return (await alerts.list()).map(({ kind, name, severity, ended }) => [
    { kind, name, severity },
    ended === null ? 1 : 0,
  ]);
}

async function readObjectives({ store, source, now }: WatchedFigures) {
  const budgets: Sample[] = [];
  const rates: Sample[] = [];
  const at = await now();
  for (const { name, rule } of newestByName(await objectivesLedger(store).versions()).values()) {
    const { spent, burnRates } = await objectiveState(source(), rule, at);
    if (spent !== null) budgets.push([{ name }, spent]);
    for (const { rule, long, short } of burnRates) {
      if (long !== null) rates.push([{ name, rule, window: 'long' }, long]);
      if (short !== null) rates.push([{ name, rule, window: 'short' }, short]);
    }
  }
  return { budgets, burnRates: rates };
}

async function readSilence({ store, source, now }: WatchedFigures): Promise<readonly Sample[]> {
  const ages: Sample[] = [];
  const at = await now();
  for (const { name, rule } of newestByName(await heartbeatsLedger(store).versions()).values()) {
    const { last } = await heartbeatState(source(), rule, at);
    if (last !== null) ages.push([{ name }, Math.max(0, at - last) / 1000]);
  }
  return ages;
}

async function readTargets({ targets, sendings }: WatchedFigures): Promise<readonly Sample[]> {
  const failing: Sample[] = [];
  for (const target of await targets.list()) {
    failing.push([{ name: target.name }, (await sendings.of(target)).retrying === null ? 0 : 1]);
  }
  return failing;
}
