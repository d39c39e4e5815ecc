import { availableParallelism } from 'node:os';
import { openCustomerFolds } from '@touchstone/customer-folds';
import { parseKafkaUrl } from '@touchstone/event-bus';
import type { EventStore } from '@touchstone/event-store';
import { ingestRoutes, limitedAppend } from '@touchstone/ingest';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { definitionsLedger, rowsInForce, tellBeforePutting, watchGeneration } from '@touchstone/operations';
import { foldThreadsOf, openFoldThreads, tracedProjection } from '@touchstone/projector';
import { describeApi } from '@touchstone/query';
import {
  type Config,
  createHttpServer,
  type Logger,
  machineClocks,
  type ReadinessCheck,
  type Role,
  readKeys,
  type StopStep,
  type Tracing,
} from '@touchstone/runtime';
import { measureAudit, startAudit } from '../audit.ts';
import { watchCuts } from '../cut-watch.ts';
import { watchDamage } from '../damage-watch.ts';
import type { Flow } from '../flow.ts';
import { type Kafka, openKafka, startIngressFlow, startRelayFlow } from '../kafka.ts';
import { kafkaMetrics } from '../kafka-metrics.ts';
import { loadDefinitions } from '../load-definitions.ts';
import { type Opening, openingOf } from '../open-servers.ts';
import { dashboardPage, explainListening, reloadOnHangup } from '../process-setting.ts';
import { measureClock, productTime } from '../product-time.ts';
import { watchSlowReaders } from '../slow-readers.ts';
import { type Composed, type Standalone, startInOrder } from '../start-in-order.ts';
import { tracedIngest, tracedStore } from '../traced-store.ts';
import { watchedAppends } from '../watched-appends.ts';
import { startProjecting } from './projecting.ts';
import { clockOver, type ReadModelParts, type RoleParts } from './role-parts.ts';
import { serveQuery } from './serve-query.ts';

/**
 * Starts some of the services in this process, over servers shared with other processes. Resolves
 * once it serves; if anything fails, it closes what it opened.
 */
export async function startRoles(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
  tracing?: Tracing,
): Promise<Standalone> {
  return startInOrder(logger, (steps) => compose(config, roles, logger, steps, tracing));
}

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: start and stop are one ordered list.
async function compose(
  config: Config,
  roles: ReadonlySet<Role>,
  logger: Logger,
  steps: StopStep[],
  tracing: Tracing | undefined,
): Promise<Composed> {
  const definitions = config.definitions === undefined ? [] : loadDefinitions(config.definitions);
  const keys = config.keysFile === undefined ? undefined : readKeys(config.keysFile);
  if (keys !== undefined) reloadOnHangup(keys, config, logger, steps);
  const kafkaConfig = config.kafkaUrl === undefined ? undefined : parseKafkaUrl(config.kafkaUrl);
  const has = (...wanted: Role[]) => wanted.some((role) => roles.has(role));

  const opening = openingOf(config, logger);
  const damage = watchDamage(logger);
  const slow = watchSlowReaders(logger);
  const cuts = watchCuts(logger);
  const log = await opening.eventStore({ onDamaged: damage.onDamaged, onTooSlow: slow.onTooSlow, onCut: cuts.onCut });
  const watched = watchedAppends(tracedStore(log, tracing));
  const { store } = watched;
  steps.unshift({ name: 'event store', run: () => store.close() });
  cuts.attend(store);
  steps.unshift({ name: 'cuts of the log', run: cuts.stop });
  const time = await productTime(config, store, logger, machineClocks);
  const checks: ReadinessCheck[] = [{ name: 'event store', run: async () => void (await store.head()) }, watched.check];
  const beside = besideServing(roles);
  const tables = has('projector', 'clock', 'query') ? await readModelParts(opening, store, logger, steps) : undefined;
  if (tables !== undefined) {
    checks.push(...tables.checks.map(roles.has('query') ? (check) => check : beside), beside(tables.watch.logCheck));
    damage.attend(tables.rows);
    tables.watch.onNews(damage.lookAgain);
  }
  let kafka: Kafka | undefined;
  if (kafkaConfig !== undefined && has('ingest', 'relay', 'projector')) {
    const { bus, check } = await opening.kafka(() => openKafka(kafkaConfig, logger));
    kafka = { bus, check };
    checks.push(beside(check));
    steps.unshift({ name: 'Kafka', run: () => bus.close() });
  }
  const none = { policy: policyV1, definitions: definitionsByType([]) };
  const ledger = definitionsLedger(store, () => tables?.watch.current()?.measures ?? none, time.clock.now);
  await tellBeforePutting({ store, ledger, readModels: tables?.readModels }, definitions);
  for (const definition of definitions) await ledger.put(definition);

  const { rateLimit, connectionsMax, connectionsPerAddressMax, isTrustedProxy } = config;
  const page = roles.has('query') ? dashboardPage() : undefined;
  const app = await createHttpServer({
    logger,
    keys,
    rateLimit,
    connectionsMax,
    connectionsPerAddressMax,
    isTrustedProxy,
    checks,
    tracing,
    page,
    describe: describeApi,
  });
  const parts: RoleParts = { time, logger, app, store, cuts, ledger, checks, steps, tracing };
  watched.measure(app.metrics);
  damage.measure(app.metrics);
  slow.measure(app.metrics);
  measureClock(app.metrics, time);
  const measured = kafkaMetrics(app.metrics);
  const begin = (flow: Flow) => {
    checks.push(beside(flow.check));
    steps.unshift({ name: flow.check.name, run: flow.stop });
  };
  if (roles.has('relay')) begin(startRelayFlow({ ...kafka!, store, logger, measured, tracing }));
  if (roles.has('projector')) checks.push(...project(parts, tables!, kafka!).map(beside));
  if (roles.has('clock')) runClock(parts, tables!);
  if (roles.has('query')) await serveQuery(parts, tables!, !roles.has('ingest'));
  if (roles.has('query') && config.auditShare !== null) auditBeside(parts, tables!, config.auditShare);
  if (roles.has('ingest')) {
    const { latestTime } = time;
    const limited = limitedAppend(store, config.customerLimits);
    const traced = tracedIngest(tracing);
    const bytesInFlightMax = config.bodiesInFlightMaxBytes;
    await app.register(ingestRoutes, { store, limited, keys, latestTime, traced, bytesInFlightMax });
    if (kafka !== undefined)
      begin(startIngressFlow({ ...kafka, store, limited, latestTime, logger, measured, tracing }));
  }
  steps.unshift({ name: 'http', run: app.stopping.drain });
  steps.push({ name: 'listener', run: () => app.close() });
  const url = await app.listen({ host: config.host, port: config.port }).catch(explainListening(config));
  return { url, store, app };
}

/**
 * In a process that serves HTTP a failure of its other work is reported but does not take it out of
 * service. A process without HTTP service is ready only if its work succeeds.
 */
function besideServing(roles: ReadonlySet<Role>): (check: ReadinessCheck) => ReadinessCheck {
  const isServing = roles.has('ingest') || roles.has('query');
  return (check) => ({ ...check, isNeeded: !isServing });
}

async function readModelParts(
  opening: Opening,
  store: EventStore,
  logger: Logger,
  steps: StopStep[],
): Promise<ReadModelParts & { readonly checks: readonly ReadinessCheck[] }> {
  const readModels = await opening.tables(store);
  steps.unshift({ name: 'read models', run: () => readModels.close() });
  const threads = openFoldThreads(foldThreadsOf(availableParallelism()));
  steps.unshift({ name: 'fold threads', run: threads.close });
  const folds = openCustomerFolds();
  steps.unshift({ name: 'folds of single customers', run: folds.close });
  const watch = await watchGeneration(store, readModels, logger);
  steps.unshift({ name: 'watch over the generation in force', run: watch.stop });
  const rows = rowsInForce(readModels, watch, logger);
  readModels.clickhouse.onDamage((error) => rows.distrust(error.message));
  const answers: ReadinessCheck = { name: 'read model', run: async () => void (await readModels.currentGeneration()) };
  return { readModels, watch, rows, folds, startFolder: threads.startFolder, checks: [answers, watch.check] };
}

function project(
  { time, store, ledger, logger, app, steps, tracing }: RoleParts,
  { readModels, watch, startFolder }: ReadModelParts,
  { bus }: Kafka,
): readonly ReadinessCheck[] {
  const definitions = () => ledger.latest();
  const traced = tracedProjection({ readModels, startFolder }, tracing);
  const projecting = startProjecting({
    bus,
    store,
    watch,
    ...traced,
    definitions,
    clockKind: time.kind,
    logger,
    metrics: app.metrics,
  });
  steps.unshift({ name: 'projector', run: projecting.stop });
  return projecting.checks;
}

/** Each reading process audits, with its own choice of customers. */
function auditBeside(
  { app, checks, steps, store, logger, cuts }: RoleParts,
  { readModels, watch, rows, folds }: ReadModelParts,
  share: number,
): void {
  const inForce = () => ({ ...watch.inForce(), projector: watch });
  const audit = startAudit({ store, readModels, folds, inForce, logger, cuts, mending: rows, share });
  steps.unshift({ name: 'audit', run: audit.stop });
  checks.push(audit.check);
  measureAudit(app.metrics, audit);
}

function runClock(parts: RoleParts, tables: ReadModelParts): void {
  const clock = clockOver(parts, tables);
  parts.steps.unshift({ name: 'clock', run: clock.stop });
}
