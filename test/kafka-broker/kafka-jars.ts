import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const KAFKA_VERSION = '4.3.0';

/** The broker, its command-line tools (a Java producer to be tested against), and a logger, without which the broker says nothing. */
const ARTIFACTS = [
  ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
  ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.3'],
] as const;

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>touchstone.test</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${ARTIFACTS.map(([group, artifact, version]) => `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`).join('\n')}
  </dependencies>
</project>
`;

const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'touchstone');

/** Named after what is in it, so that another version or a changed list of jars never finds the old folder. */
const jarFolder = (): string =>
  join(cacheFolder(), `kafka-${KAFKA_VERSION}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);

const answers = async (command: string, argument: string): Promise<boolean> => {
  try {
    await run(command, [argument]);
    return true;
  } catch {
    return false;
  }
};

/**
 * Why no broker can be started here, or `null`. A machine that runs the checks of a change (`CI=true`) gets no excuse:
 * there the start itself fails and says what is missing.
 */
export async function missingForKafka(): Promise<string | null> {
  if (process.env.CI === 'true') return null;
  if (!(await answers('java', '-version'))) return 'there is no Java (17 or later) on the PATH';
  if (existsSync(jarFolder())) return null;
  return (await answers('mvn', '-version')) ? null : 'Kafka is not in the cache and there is no Maven to fetch it with';
}

/**
 * The class path of the broker; fetched with Maven on first use and kept outside the checkout. The jars come into being under
 * another name and are renamed when whole: neither a broken download nor a second process that fetches too can spoil them.
 */
export async function kafkaClassPath(): Promise<string> {
  const folder = jarFolder();
  if (!existsSync(folder)) await fetchJars(folder);
  return join(folder, '*');
}

async function fetchJars(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'fetching-'));
  try {
    await writeFile(join(work, 'pom.xml'), pom);
    await run('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(work, 'lib')}`], {
      cwd: work,
      timeout: 300_000,
    });
    await rename(join(work, 'lib'), folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was first: its folder is as good as ours.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (cause) {
    throw new Error(
      'Kafka could not be fetched. The Kafka tests need Java 17 and Maven with access to a Maven repository (once).',
      { cause },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What the storage of a broker is formatted with: 16 bytes, base64url. Never begins with a dash, which would be read as an option. */
export const clusterId = (): string =>
  Buffer.from(`00${randomUUID().replaceAll('-', '').slice(2)}`, 'hex').toString('base64url');
