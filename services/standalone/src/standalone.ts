import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Clock, dueCustomersIn, startClock } from '@touchstone/clock';
import { parseKafkaUrl } from '@touchstone/event-bus';
import { type EventStore, openEventStore } from '@touchstone/event-store';
import { ingestRoutes } from '@touchstone/ingest';
import { type Definition, definitionsByType, policyV1 } from '@touchstone/journey';
import { type DefinitionsLedger, definitionsLedger, describeApi, queryRoutes } from '@touchstone/query';
import { openReadModels, type ReadModels } from '@touchstone/read-models';
import {
  type Config,
  createHttpServer,
  type Keys,
  type Logger,
  type ReadinessCheck,
  readKeys,
  type StopStep,
} from '@touchstone/runtime';
import { type KafkaFlow, startKafka } from './kafka.ts';
import { loadDefinitions } from './load-definitions.ts';
import { measureProduct } from './product-metrics.ts';
import { type ServedRebuild, type Serving, startServing } from './serving.ts';

export interface Standalone {
  /** Where it answers, e.g. `http://127.0.0.1:4700`. */
  readonly url: string;
  readonly store: EventStore;
  /** In order: stop accepting, finish, flush, close. */
  readonly stopSteps: readonly StopStep[];
  stop(): Promise<void>;
}

/** All services in one process, over one folder. Resolves once it answers. What was opened is closed again if anything fails. */
export async function startStandalone(config: Config, logger: Logger): Promise<Standalone> {
  const steps: StopStep[] = [];
  try {
    return await compose(config, logger, steps);
  } catch (error) {
    for (const { run } of steps) await Promise.resolve(run()).catch(() => undefined);
    throw error;
  }
}

async function compose(config: Config, logger: Logger, steps: StopStep[]): Promise<Standalone> {
  const definitions = config.definitions === undefined ? [] : loadDefinitions(config.definitions);
  const keys = config.keysFile === undefined ? undefined : readKeys(config.keysFile);
  if (keys !== undefined) reloadOnHangup(keys, config, logger, steps);
  const kafkaConfig = config.kafkaUrl === undefined ? undefined : parseKafkaUrl(config.kafkaUrl);
  mkdirSync(config.dataFolder, { recursive: true });
  const store = await openEventStore(eventStoreUrl(config));
  steps.unshift({ name: 'event store', run: () => store.close() });
  const readModels = await openReadModels(clickhouseUrl(config));
  steps.unshift({ name: 'read models', run: () => readModels.close() });
  // Stopped after all that appends: the topics then end where the log does.
  let kafka: KafkaFlow | undefined;
  if (kafkaConfig !== undefined) steps.unshift({ name: 'Kafka relay', run: () => kafka?.stopRelay() });

  // The ledger asks what is in force, and what is in force begins with what the ledger holds.
  let serving: Serving | undefined;
  const none = { policy: policyV1, definitions: definitionsByType([]) };
  const ledger = definitionsLedger(store, () => serving?.inForce().measures ?? none);
  for (const definition of definitions) await ledger.put(definition);
  let clock: Clock | undefined;
  serving = await startServing({ store, readModels, logger, definitions: () => ledger.latest(), clock: () => clock });
  const { inForce, rebuild, stop } = serving;
  steps.unshift({ name: 'projector', run: stop });
  clock = clockOf(config, store, readModels, serving, logger);
  steps.unshift({ name: 'clock', run: clock.stop });
  const { settled } = clock;

  const checks = readinessChecks(store, readModels, serving);
  const app = await createHttpServer({
    logger,
    keys,
    rateLimit: config.rateLimit,
    connectionsMax: config.connectionsMax,
    checks,
  });
  steps.unshift({ name: 'http', run: () => app.close() });
  measureProduct(app.metrics, {
    store,
    readModels,
    generation: () => inForce().generation,
    projected: () => inForce().projector.progress.position(),
    rebuild,
    checks,
    dataFolder: config.dataFolder,
  });
  await describeApi(app);
  await app.register(queryRoutes, {
    store,
    readModels,
    generation: () => inForce().generation,
    measures: () => inForce().measures,
    now: async () => (await nowOf(config, store)) ?? Date.now(),
    progress: {
      projected: () => inForce().projector.progress.position(),
      reached: (position, timeoutMs) => inForce().projector.progress.reached(position, timeoutMs),
      settled,
    },
    definitions: { ...ledger, put: (definition) => putDefinition(definition, ledger, store, rebuild) },
    rebuild,
    dashboardFolder: dashboardFolder(),
  });
  await app.register(ingestRoutes, { store, keys });
  if (kafkaConfig !== undefined) {
    kafka = await startKafka({ config: kafkaConfig, store, logger, metrics: app.metrics });
    checks.push(...kafka.checks);
    steps.unshift({ name: 'Kafka ingress', run: kafka.stopIngress });
  }
  const url = await app.listen({ host: config.host, port: config.port }).catch(explainListening(config));
  await reportWaitingDefinitions(ledger, logger);
  return {
    url,
    store,
    stopSteps: steps,
    stop: async () => {
      for (const { run } of steps) await run();
    },
  };
}

/** A definition waits for a rebuild, so that it never changes history silently; where there is no history yet, it need not wait. */
async function putDefinition(
  definition: Definition,
  ledger: DefinitionsLedger,
  store: EventStore,
  rebuild: ServedRebuild,
) {
  const version = await ledger.put(definition);
  if (version.state !== 'waiting' || (await store.greatestTime()) !== null) return version;
  await rebuild.start();
  await rebuild.finished();
  return ledger.put(definition);
}

function clockOf(config: Config, store: EventStore, readModels: ReadModels, serving: Serving, logger: Logger): Clock {
  const { inForce } = serving;
  return startClock({
    store,
    customers: dueCustomersIn(readModels, () => inForce().generation),
    measures: () => inForce().measures,
    parked: () => inForce().projector.parked,
    now: () => nowOf(config, store),
    reached: (position, timeoutMs) => inForce().projector.progress.reached(position, timeoutMs),
    logger,
  });
}

/** The product's now; null in a log without times. */
async function nowOf(config: Config, store: EventStore): Promise<number | null> {
  return config.clock === 'wall' ? Date.now() : store.greatestTime();
}

function readinessChecks(store: EventStore, readModels: ReadModels, { inForce }: Serving): ReadinessCheck[] {
  return [
    { name: 'event store', run: async () => void (await store.head()) },
    { name: 'read model', run: async () => void (await readModels.currentGeneration()) },
    {
      name: 'projector',
      run: () => {
        const fault = inForce().projector.fault();
        return fault === null ? undefined : `stands still: ${fault instanceof Error ? fault.message : String(fault)}`;
      },
    },
  ];
}

async function reportWaitingDefinitions(ledger: ReturnType<typeof definitionsLedger>, logger: Logger): Promise<void> {
  const waiting = (await ledger.list()).filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) return;
  const types = waiting.map(({ type, version }) => `${type} v${version}`).join(', ');
  logger.warn(`definitions that come into force with a rebuild (pnpm touchstone rebuild): ${types}`);
}

/** A hang-up signal reads the keys again; a file that is not good leaves the keys as they were. */
function reloadOnHangup(keys: Keys, { keysFile }: Config, logger: Logger, steps: StopStep[]): void {
  const reload = () => {
    try {
      keys.reload();
      logger.info({ file: keysFile }, 'the keys were read again');
    } catch (error) {
      logger.error({ err: error }, 'the keys stay as they were');
    }
  };
  process.on('SIGHUP', reload);
  steps.unshift({ name: 'keys', run: () => void process.off('SIGHUP', reload) });
}

function explainListening({ host, port }: Config) {
  return (error: NodeJS.ErrnoException): never => {
    if (error.code === 'EADDRINUSE') {
      throw new Error(`Port ${port} of ${host} is in use, perhaps by another Touchstone; set PORT to a free one.`, {
        cause: error,
      });
    }
    if (error.code === 'EACCES') {
      throw new Error(`Port ${port} may not be opened by this user; set PORT to one above 1023.`, { cause: error });
    }
    throw error;
  };
}

/** The built dashboard, where there is one. */
function dashboardFolder(): string | undefined {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@touchstone/dashboard/package.json')), 'dist');
  return existsSync(join(folder, 'index.html')) ? folder : undefined;
}

function eventStoreUrl({ eventStore }: Config): string {
  return eventStore.scheme === 'sqlite' ? `sqlite:${eventStore.file}` : eventStore.url;
}

function clickhouseUrl({ clickhouse }: Config): string {
  return clickhouse.scheme === 'chdb' ? `chdb:${clickhouse.path}` : clickhouse.url;
}
