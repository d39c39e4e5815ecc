import { type ExecException, execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

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

/** The user's cache, or the folder for temporary files where nothing can be written there (a read-only home). */
function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'touchstone');
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return join(tmpdir(), `touchstone-cache-${userInfo().uid}`);
  }
}

/** Named after what is in it, so that another version or a changed list of jars never finds the old folder. */
const jarFolder = (): string =>
  join(cacheFolder(), `kafka-${KAFKA_VERSION}-${createHash('sha256').update(pom).digest('hex').slice(0, 8)}`);

/** What a command prints on both of its streams, or `null` where it cannot be run. */
async function saidBy(command: string, argument: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await run(command, [argument]);
    return stdout + stderr;
  } catch {
    return null;
  }
}

const JAVA_LEAST = 17;

/** Why no broker can be started here, or `null`; the jars are fetched first where they are not in the cache. */
export async function whyNoKafka(): Promise<string | null> {
  const java = await saidBy('java', '-version');
  if (java === null) return `there is no Java (${JAVA_LEAST} or later) on the PATH`;
  const release = /version "(?:1\.)?(\d+)/.exec(java)?.[1];
  if (Number(release) < JAVA_LEAST) return `Java ${release} is too old, Kafka needs ${JAVA_LEAST}`;
  if (existsSync(jarFolder())) return null;
  if ((await saidBy('mvn', '-version')) === null)
    return 'its jars are not in the cache, and there is no Maven to fetch them';
  try {
    await fetchJars(jarFolder());
    return null;
  } catch (error) {
    return `its jars cannot be fetched: ${whyMavenFailed((error as Error).cause ?? error)}`;
  }
}

/** The words of a person for what Maven says of itself in a hundred lines. */
function whyMavenFailed(error: unknown): string {
  const { killed, stdout = '', stderr = '', message } = error as ExecException;
  const told = stripVTControlCharacters(`${stdout}${stderr}`);
  if (killed) return `Maven did not end within ${FETCH_MS / 60_000} minutes`;
  if (
    /No plugin found for prefix|Could not (transfer|resolve)|Unknown host|Connect(ion)? (to|refused|timed out)|offline mode/i.test(
      told,
    )
  ) {
    return 'no Maven repository answers';
  }
  return /^\[ERROR\] (.{1,200})/m.exec(told)?.[1] ?? message.split('\n')[0]!;
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

const FETCH_MS = 300_000;

async function fetchJars(folder: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(join(cacheFolder(), 'fetching-'));
  try {
    await writeFile(join(work, 'pom.xml'), pom);
    const options = ['-q', '-B', `-DoutputDirectory=${join(work, 'lib')}`, ...repositoryOption()];
    await run('mvn', ['dependency:copy-dependencies', ...options], { cwd: work, timeout: FETCH_MS });
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

/** Maven keeps what it fetches below the home of the user: elsewhere where that cannot be written. */
function repositoryOption(): string[] {
  const isOurs = cacheFolder().startsWith(tmpdir());
  return isOurs ? [`-Dmaven.repo.local=${join(cacheFolder(), 'maven')}`] : [];
}

/** What the storage of a broker is formatted with: 16 bytes, base64url. Never begins with a dash, which would be read as an option. */
export const clusterId = (): string =>
  Buffer.from(`00${randomUUID().replaceAll('-', '').slice(2)}`, 'hex').toString('base64url');
