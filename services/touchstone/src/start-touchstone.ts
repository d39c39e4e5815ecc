import { type KafkaConfig, parseKafkaUrl } from '@touchstone/event-bus';
import { definitionsByType, policyV1 } from '@touchstone/journey';
import { alertsLedger, definitionRegistry, reportWaitingDefinitions, tellBeforePutting } from '@touchstone/operations';
import { describeApi } from '@touchstone/query';
import {
  roles as allRoles,
  type Config,
  createHttpServer,
  type HttpServer,
  type Keys,
  type Logger,
  type MachineClocks,
  machineClocks,
  type ReadinessCheck,
  type Registry,
  type Role,
  readKeys,
  readShareSecret,
  type StopStep,
  type Tracing,
  trustedClock,
} from '@touchstone/runtime';
import { watchCuts } from './cut-watch.ts';
import { watchDamage } from './damage-watch.ts';
import { type Kafka, openKafka } from './kafka.ts';
import { kafkaMetrics } from './kafka-metrics.ts';
import { loadDefinitions } from './load-definitions.ts';
import { makeDataFolder, type Opening, openingOf } from './open-servers.ts';
import { dashboardPage, explainListening, reloadOnHangup } from './process-setting.ts';
import { measureClock, productTime } from './product-time.ts';
import { besideServing } from './roles/beside-serving.ts';
import type { Parts } from './roles/role.ts';
import { roleValues } from './roles/role-values.ts';
import { watchSlowReaders } from './slow-readers.ts';
import { type Composed, type Running, startInOrder } from './start-in-order.ts';
import { ownTables } from './tables/own-tables.ts';
import { openReadSide } from './tables/read-side.ts';
import { sharedTables } from './tables/shared-tables.ts';
import type { ProcessParts, Tables } from './tables/tables.ts';
import { tracedStore } from './traced-store.ts';
import { watchedAppends } from './watched-appends.ts';

/**
 * Starts the roles of `config.roles` in this process, over servers shared with other processes; or
 * all roles, over tables that this process alone fills, if there are none. Resolves once it serves;
 * if anything fails, it closes what it opened. `clocks` are replaced in tests.
 */
export async function startTouchstone(
  config: Config,
  logger: Logger,
  tracing?: Tracing,
  clocks: MachineClocks = machineClocks,
): Promise<Running> {
  return startInOrder(logger, (steps) => compose({ config, logger, steps, tracing, clocks }));
}

interface Given {
  readonly config: Config;
  readonly logger: Logger;
  readonly steps: StopStep[];
  readonly tracing: Tracing | undefined;
  readonly clocks: MachineClocks;
}

async function compose(given: Given): Promise<Composed> {
  const { config, logger, steps, tracing } = given;
  const definitions = config.definitions === undefined ? [] : loadDefinitions(config.definitions);
  const keys = config.keysFile === undefined ? undefined : readKeys(config.keysFile);
  const shareSecret = config.shareSecretFile === undefined ? undefined : readShareSecret(config.shareSecretFile);
  if (keys !== undefined) reloadOnHangup(keys, config, logger, steps);
  const kafkaConfig = config.kafkaUrl === undefined ? undefined : parseKafkaUrl(config.kafkaUrl);
  const isAlone = config.roles === undefined;
  const roles: ReadonlySet<Role> = config.roles ?? new Set(allRoles);
  if (isAlone) makeDataFolder(config.dataFolder);
  const opening = openingOf(config, logger);
  const { store, time, cuts, damage, checks, measure } = await openLog(opening, given);

  let tables: Tables | undefined;
  const ledger = definitionRegistry(store, () => tables?.current()?.measures ?? NO_MEASURES, time.clock.now);
  const alerts = alertsLedger(store, time.clock.now);
  const shared: ProcessParts = { config, logger, tracing, roles, store, time, ledger, alerts, steps, checks };
  if (hasAny(roles, 'projector', 'clock', 'query')) {
    const readSide = await openReadSide(opening, shared);
    tables = isAlone ? ownTables(readSide, shared) : await sharedTables(readSide, shared);
    damage.attend(tables.rows);
    tables.onNews(damage.lookAgain);
  }
  const kafka = await openBus(opening, kafkaConfig, shared);
  await tellBeforePutting({ store, ledger, readModels: tables?.readModels }, definitions);
  for (const definition of definitions) await ledger.put(definition);

  const app = await openApp(shared, keys);
  measure(app.metrics);
  // One among several processes shows them whatever its roles, so that sums over all know of zero.
  const measured = kafka === undefined && isAlone ? undefined : kafkaMetrics(app.metrics);
  const parts: Parts = {
    ...shared,
    app,
    keys,
    shareSecret,
    cuts,
    tables,
    kafka: kafka && measured && { ...kafka, measured },
    clock: undefined,
    relay: undefined,
  };
  for (const role of roleValues) if (roles.has(role.name)) await role.start(parts);
  steps.unshift({ name: 'http', run: app.stopping.drain });
  steps.push({ name: 'listener', run: () => app.close() });
  const url = await app.listen({ host: config.host, port: config.port }).catch(explainListening(config));
  if (isAlone) await reportWaitingDefinitions(ledger, logger);
  return { url, store, app };
}

const NO_MEASURES = { policy: policyV1, definitions: definitionsByType([]) };

function hasAny(roles: ReadonlySet<Role>, ...wanted: readonly Role[]): boolean {
  return wanted.some((role) => roles.has(role));
}

/** Opens the log, with the watches over what its readers and writers meet. */
async function openLog(opening: Opening, { config, logger, steps, tracing, clocks }: Given) {
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
  const checks: ReadinessCheck[] = [{ name: 'event store', run: async () => void (await store.head()) }, watched.check];
  const measure = (registry: Registry) => {
    watched.measure(registry);
    damage.measure(registry);
    slow.measure(registry);
    measureClock(registry, time);
  };
  return { store, time, cuts, damage, checks, measure };
}

/**
 * The store gets a clock only in tests; a log on its own thread cannot call a function of theirs.
 */
function storeClock(clocks: MachineClocks): { readonly now?: () => number } {
  return clocks === machineClocks ? {} : { now: trustedClock(clocks).now };
}

async function openBus(
  opening: Opening,
  kafkaConfig: KafkaConfig | undefined,
  { logger, roles, steps, checks }: ProcessParts,
): Promise<Kafka | undefined> {
  if (kafkaConfig === undefined || !hasAny(roles, 'ingest', 'relay', 'projector')) return undefined;
  const kafka = await opening.kafka(() => openKafka(kafkaConfig, logger));
  checks.push(besideServing(roles)(kafka.check));
  steps.unshift({ name: 'Kafka', run: () => kafka.bus.close() });
  return kafka;
}

function openApp(
  { config, logger, checks, tracing, roles }: ProcessParts,
  keys: Keys | undefined,
): Promise<HttpServer> {
  const { rateLimit, connectionsMax, connectionsPerAddressMax, isTrustedProxy, basePath } = config;
  return createHttpServer({
    logger,
    keys,
    rateLimit,
    connectionsMax,
    connectionsPerAddressMax,
    isTrustedProxy,
    basePath,
    checks,
    tracing,
    page: roles.has('query') ? dashboardPage() : undefined,
    describe: describeApi,
  });
}
