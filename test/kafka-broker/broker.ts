import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import kafkajs from 'kafkajs';
import { clusterId, kafkaClassPath } from './kafka-jars.ts';

const run = promisify(execFile);

/**
 * The simple compiler and collector make Java start faster, and a broker on two cores is not slower
 * with them.
 */
const JAVA = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export const SASL_USER = 'touchstone';
export const SASL_PASSWORD = 'p@ss:word';

export interface BrokerAddress {
  /** `kafka://127.0.0.1:port`, and the same broker with user and password. */
  readonly url: string;
  readonly saslUrl: string;
}

/** Operations by which a test prepares and inspects a broker, apart from the code under test. */
export interface BrokerTools extends BrokerAddress {
  createTopic(topic: string, partitions: number, config?: Record<string, string>): Promise<void>;
  addPartitions(topic: string, count: number): Promise<void>;
  /** Deletes the records before these offsets, like retention does. */
  deleteRecords(topic: string, partitions: { partition: number; offset: string }[]): Promise<void>;
  /** All messages of a topic, in order within each partition. */
  readTopic(topic: string): Promise<ReadMessage[]>;
  committed(groupId: string, topic: string): Promise<number[]>;
}

export interface ReadMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Record<string, string>;
}

export interface Broker extends BrokerTools {
  readonly pid: number;
  /** SIGSTOP: the port stays open and nothing answers. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Restarts on the same folder and port; resolves when the broker serves groups again. */
  restart(): Promise<void>;
  /** Stops the broker and removes its folder. */
  stop(): Promise<void>;
}

/** Listens on ports that the system chooses to find free ones. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

const properties = (
  folder: string,
  [port, saslPort, controllerPort]: number[],
  extra: Record<string, string>,
): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},SECURED://127.0.0.1:${saslPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SECURED://127.0.0.1:${saslPort}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SECURED:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secured.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${SASL_USER}="${SASL_PASSWORD}";`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A killed broker can register again only after its old registration has expired, 9 s by
    // default.
    'broker.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '200',
    'auto.create.topics.enable': 'false',
    ...extra,
  })
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

/**
 * A client of the test harness; it logs nothing, because it polls a broker that is still starting.
 */
const client = (port: number) =>
  new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 100, multiplier: 1 },
  });

async function withAdmin<T>(port: number, use: (admin: kafkajs.Admin) => Promise<T>): Promise<T> {
  const admin = client(port).admin();
  try {
    await admin.connect();
    for (let attempt = 1; ; attempt++) {
      try {
        return await use(admin);
      } catch (error) {
        // A new topic has no leader yet.
        if (!(error as { retriable?: boolean }).retriable || attempt === 20) throw error;
        await delay(100);
      }
    }
  } finally {
    await admin.disconnect();
  }
}

/**
 * An open port does not mean a ready broker: a group needs a coordinator that has loaded its
 * offsets.
 */
async function ready(port: number, child: ChildProcess, folder: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > giveUpAt) {
      child.kill('SIGKILL');
      throw new Error(`the broker did not start:\n${await readFile(join(folder, 'broker.log'), 'utf8')}`);
    }
    try {
      await withAdmin(port, (admin) => admin.fetchOffsets({ groupId: 'harness-waits-for-the-coordinator' }));
      return;
    } catch {
      await delay(100);
    }
  }
}

/** Starts a single-node Apache Kafka with its own folder and ports. Takes about 5 s and 350 MB. */
export async function startBroker(extra: Record<string, string> = {}): Promise<Broker> {
  const classPath = await kafkaClassPath();
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-kafka-'));
  const ports = await freePorts(3);
  const [port = 0, saslPort = 0] = ports;
  const file = join(folder, 'server.properties');
  await writeFile(file, properties(folder, ports, extra));
  await run('java', [...JAVA, '-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', file]);

  let child: ChildProcess;
  const launch = async (): Promise<void> => {
    child = spawn('java', [...JAVA, '-cp', classPath, 'kafka.Kafka', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(folder, 'broker.log'), { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    // A test process that ends without its hooks (a crash, a time-out) must not leave a Java
    // process behind.
    const orphaned = () => child.kill('SIGKILL');
    process.once('exit', orphaned);
    child.once('exit', () => process.removeListener('exit', orphaned));
    await ready(port, child, folder);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  try {
    await launch();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }

  const address = {
    url: `kafka://127.0.0.1:${port}`,
    saslUrl: `kafka://${SASL_USER}:${encodeURIComponent(SASL_PASSWORD)}@127.0.0.1:${saslPort}`,
  };
  return {
    ...brokerTools(address),
    get pid() {
      return child.pid ?? 0;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    restart: launch,
    stop: async () => {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The tools for a broker that runs in another process of the same test run. */
export function brokerTools(address: BrokerAddress): BrokerTools {
  const port = Number(new URL(address.url).port);
  return {
    ...address,
    createTopic: (topic, partitions, config = {}) =>
      withAdmin(port, async (admin) => {
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
        await admin.createTopics({
          topics: [{ topic, numPartitions: partitions, configEntries }],
          waitForLeaders: true,
        });
      }),
    addPartitions: (topic, count) =>
      withAdmin(port, async (admin) => {
        await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      }),
    deleteRecords: (topic, partitions) =>
      withAdmin(port, async (admin) => {
        // The client deletes records only in topics whose metadata it has fetched.
        await admin.fetchTopicOffsets(topic);
        await admin.deleteTopicRecords({ topic, partitions });
      }),
    readTopic: (topic) => readTopic(port, topic),
    committed: (groupId, topic) =>
      withAdmin(port, async (admin) => {
        const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
        const offsets = found?.partitions ?? [];
        return offsets.sort((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
      }),
  };
}

/** A plain reader, independent of the one under test. */
async function readTopic(port: number, topic: string): Promise<ReadMessage[]> {
  const ends = await withAdmin(port, (admin) => admin.fetchTopicOffsets(topic));
  const left = new Map(ends.filter(({ low, high }) => low !== high).map(({ partition, high }) => [partition, +high]));
  const found: ReadMessage[] = [];
  if (left.size === 0) return found;
  const consumer = client(port).consumer({ groupId: `harness-${randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachBatch = async ({ batch }: kafkajs.EachBatchPayload) => {
      const { partition, messages } = batch;
      for (const { key, value, headers = {}, offset } of messages) {
        const texts = Object.entries(headers).map(([name, header]) => [name, String(header)]);
        found.push({
          partition,
          offset: Number(offset),
          key: key?.toString() ?? null,
          value: value?.toString() ?? null,
          headers: Object.fromEntries(texts),
        });
      }
      if (Number(batch.lastOffset()) + 1 >= (left.get(partition) ?? 0)) left.delete(partition);
      if (left.size === 0) resolve();
    };
    consumer.run({ autoCommit: false, eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return found.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
