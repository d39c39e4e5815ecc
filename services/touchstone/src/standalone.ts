import { availableParallelism } from 'node:os';
import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import { type CustomerFolds, openCustomerFolds } from '@touchstone/customer-folds';
import { parseKafkaUrl } from '@touchstone/event-bus';
import { type EventStore, LOG_PATIENCE_MS } from '@touchstone/event-store';
import { ingestRoutes, limitedAppend } from '@touchstone/ingest';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import {
  definitionsLedger,
  lostEvents,
  putDefinition,
  reportWaitingDefinitions,
  type Serving,
  shownGeneration,
  startServing,
  tellBeforePutting,
  watchConservation,
} from '@touchstone/operations';
import { foldThreadsOf, openFoldThreads, tracedProjection } from '@touchstone/projector';
import { describeApi, queryRoutes } from '@touchstone/query';
import type { ReadModels } from '@touchstone/read-models';
import {
  type Config,
  createHttpServer,
  type Logger,
  type MachineClocks,
  machineClocks,
  type ReadinessCheck,
  readKeys,
  type StopStep,
  type Tracing,
  trustedClock,
} from '@touchstone/runtime';
import { measureAudit, startAudit } from './audit.ts';
import { watchCuts } from './cut-watch.ts';
import { watchDamage } from './damage-watch.ts';
import { type KafkaFlow, startKafka } from './kafka.ts';
import { loadDefinitions } from './load-definitions.ts';
import { makeDataFolder, openingOf } from './open-servers.ts';
import { dashboardFolder, dashboardPage, explainListening, reloadOnHangup } from './process-setting.ts';
import { measureProduct } from './product-metrics.ts';
import { measureClock, type ProductTime, productTime } from './product-time.ts';
import { watchSlowReaders } from './slow-readers.ts';
import { type Composed, type Standalone, startInOrder } from './start-in-order.ts';
import { tracedIngest, tracedStore } from './traced-store.ts';
import { watchedAppends } from './watched-appends.ts';
import { workersOf } from './workers.ts';

/**
 * Starts all services in one process over one folder, and resolves once it serves. If anything
 * fails, it closes what it opened.
 */
export async function startStandalone(
  config: Config,
  logger: Logger,
  tracing?: Tracing,
  clocks: MachineClocks = machineClocks,
): Promise<Standalone> {
  return startInOrder(logger, (steps) => compose(config, logger, steps, tracing, clocks));
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: start and stop are one ordered list.
async function compose(
  config: Config,
  logger: Logger,
  steps: StopStep[],
  tracing: Tracing | undefined,
  clocks: MachineClocks,
): Promise<Composed> {
  const definitions = config.definitions === undefined ? [] : loadDefinitions(config.definitions);
  const keys = config.keysFile === undefined ? undefined : readKeys(config.keysFile);
  if (keys !== undefined) reloadOnHangup(keys, config, logger, steps);
  const kafkaConfig = config.kafkaUrl === undefined ? undefined : parseKafkaUrl(config.kafkaUrl);
  makeDataFolder(config.dataFolder);
  const opening = openingOf(config, logger);
  const damage = watchDamage(logger);
  const slow = watchSlowReaders(logger);
  const cuts = watchCuts(logger);
  const log = await opening.eventStore({
    ...storeClock(clocks),
    onDamaged: damage.onDamaged,
    onTooSlow: slow.onTooSlow,
    onCut: cuts.onCut,
  });
  const watched = watchedAppends(tracedStore(log, tracing));
  const { store } = watched;
  steps.unshift({ name: 'event store', run: () => store.close() });
  cuts.attend(store);
  steps.unshift({ name: 'cuts of the log', run: cuts.stop });
  const time = await productTime(config, store, logger, clocks);
  const readModels = await opening.tables(store);
  steps.unshift({ name: 'read models', run: () => readModels.close() });
  // The relay stops after everything that appends, so that the topics end where the log does.
  let kafka: KafkaFlow | undefined;
  if (kafkaConfig !== undefined) steps.unshift({ name: 'Kafka relay', run: () => kafka?.stopRelay() });

  // The ledger needs the measures in force, and those start from the ledger, so `serving` is bound
  // later.
  let serving: Serving | undefined;
  const none = { policy: policyV1, definitions: definitionsByType([]) };
  const ledger = definitionsLedger(store, () => serving?.inForce().measures ?? none, time.clock.now);
  await tellBeforePutting({ store, ledger, readModels }, definitions);
  for (const definition of definitions) await ledger.put(definition);
  let clock: Clock | undefined;
  const threads = openFoldThreads(foldThreadsOf(availableParallelism()));
  steps.unshift({ name: 'fold threads', run: threads.close });
  const folds = openCustomerFolds();
  steps.unshift({ name: 'folds of single customers', run: folds.close });
  const traced = tracedProjection({ readModels, startFolder: threads.startFolder }, tracing);
  serving = await startServing({
    store,
    readModels: traced.readModels,
    ...workersOf({ store, ...traced, folds, logger, clock: () => clock }),
    folds,
    logger,
    definitions: () => ledger.latest(),
    clock: () => clock,
    now: time.now,
    clockKind: time.kind,
  });
  damage.attend(serving.rows);
  const { inForce, rebuild, trial, lists, stop } = serving;
  steps.unshift({ name: 'projector', run: stop });
  clock = clockOf(time, { store, readModels, folds }, serving, logger);
  steps.unshift({ name: 'clock', run: clock.stop });
  const { settledSoon, settled } = clock;

  const accounting = {
    store,
    readModels,
    generation: () => inForce().generation,
    relayedTo: () => kafka?.relayedTo() ?? null,
    progress: { projected: () => inForce().projector.progress.position() },
  };
  const conservation = watchConservation({ ...accounting, logger });
  steps.unshift({ name: 'conservation watch', run: conservation.stop });

  const audit =
    config.auditShare === null
      ? undefined
      : startAudit({
          store,
          readModels,
          folds,
          inForce,
          logger,
          cuts,
          mending: serving.mending,
          share: config.auditShare,
        });
  if (audit !== undefined) steps.unshift({ name: 'audit', run: audit.stop });
  const checks = [...readinessChecks(store, readModels, serving), serving.mending.check, watched.check];
  if (audit !== undefined) checks.push(audit.check);
  const app = await createHttpServer({
    logger,
    keys,
    rateLimit: config.rateLimit,
    connectionsMax: config.connectionsMax,
    connectionsPerAddressMax: config.connectionsPerAddressMax,
    isTrustedProxy: config.isTrustedProxy,
    checks,
    tracing,
    describe: describeApi,
    page: dashboardPage(),
  });
  steps.unshift({ name: 'http', run: app.stopping.drain });
  steps.push({ name: 'listener', run: () => app.close() });
  if (audit !== undefined) measureAudit(app.metrics, audit);
  watched.measure(app.metrics);
  damage.measure(app.metrics);
  slow.measure(app.metrics);
  measureClock(app.metrics, time);
  measureProduct(app.metrics, {
    store,
    readModels,
    generation: () => shownGeneration(lists, inForce().generation),
    projected: () => inForce().projector.progress.position(),
    rebuild,
    conservation: conservation.state,
    lostEvents: () => lostEvents(readModels),
    dataFolder: config.dataFolder,
  });
  await app.register(queryRoutes, {
    ...accounting,
    withheld: lists.problem,
    ...(config.eventStore.scheme === 'esdb' && { assureLog: serving.assureLog, logPatienceMs: LOG_PATIENCE_MS }),
    folds,
    measures: () => inForce().measures,
    now: async () => (await time.now()) ?? time.clock.now(),
    clockOffByMs: time.clock.offByMs,
    progress: {
      projected: () => inForce().projector.progress.position(),
      reached: (position, timeoutMs) => inForce().projector.progress.reached(position, timeoutMs),
      settled,
      settledSoon,
    },
    definitions: {
      ...ledger,
      put: (definition, by) => putDefinition(definition, { ledger, store, readModels, rebuild }, by),
    },
    rebuild,
    trial,
    dashboardFolder: dashboardFolder(),
  });
  const { latestTime } = time;
  const limited = limitedAppend(store, config.customerLimits);
  const bytesInFlightMax = config.bodiesInFlightMaxBytes;
  await app.register(ingestRoutes, {
    store,
    limited,
    keys,
    latestTime,
    traced: tracedIngest(tracing),
    bytesInFlightMax,
  });
  if (kafkaConfig !== undefined) {
    const flows = {
      config: kafkaConfig,
      store,
      limited,
      latestTime,
      logger,
      metrics: app.metrics,
      tracing,
    };
    kafka = await opening.kafka(() => startKafka(flows));
    // Not needed for readiness: events published over HTTP are stored and read without Kafka.
    checks.push(...kafka.checks.map((check) => ({ ...check, isNeeded: false })));
    steps.unshift({ name: 'Kafka ingress', run: kafka.stopIngress });
  }
  const url = await app.listen({ host: config.host, port: config.port }).catch(explainListening(config));
  await reportWaitingDefinitions(ledger, logger);
  return { url, store, app };
}

/**
 * The store gets a clock only in tests; a log on its own thread cannot call a function of theirs.
 */
function storeClock(clocks: MachineClocks): { readonly now?: () => number } {
  return clocks === machineClocks ? {} : { now: trustedClock(clocks).now };
}

function clockOf(
  { dueBefore, onCorrected }: ProductTime,
  { store, readModels, folds }: { store: EventStore; readModels: ReadModels; folds: CustomerFolds },
  serving: Serving,
  logger: Logger,
): Clock {
  const { inForce } = serving;
  return startClock({
    store,
    customers: dueCustomersIn(readModels, () => inForce().generation),
    folds,
    measures: () => inForce().measures,
    parked: () => inForce().projector.parked,
    now: dueBefore,
    onCorrected,
    reached: (position, timeoutMs) => inForce().projector.progress.reached(position, timeoutMs),
    logger,
  });
}

function readinessChecks(store: EventStore, readModels: ReadModels, { inForce }: Serving): ReadinessCheck[] {
  return [
    { name: 'event store', run: async () => void (await store.head()) },
    { name: 'read model', run: async () => void (await readModels.currentGeneration()) },
    {
      name: 'projector',
      // Only lists grow stale; publishing and single customers still work.
      isNeeded: false,
      run: () => {
        const fault = inForce().projector.fault();
        return fault === null ? undefined : `stands still: ${fault instanceof Error ? fault.message : String(fault)}`;
      },
    },
  ];
}
