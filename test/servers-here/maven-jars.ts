import { type ExecException, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { cached, cacheFolder } from './cache-folder.ts';
import { firstLine, saidBy } from './program.ts';

const run = promisify(execFile);

/** Java libraries with their dependencies. */
export interface JarSet {
  /** Prefix of their folder's name in the cache. */
  readonly name: string;
  /** Group, artifact and version of each. */
  readonly artifacts: readonly (readonly [string, string, string])[];
}

const JAVA_LEAST = 17;
const FETCH_MS = 300_000;

/**
 * Why no Java program can run with these libraries here, or `null`. Libraries that are not in the
 * cache are fetched first.
 */
export async function whyNoJars(jars: JarSet): Promise<string | null> {
  const java = await saidBy('java', ['-version']);
  if (java === null) return `there is no Java (${JAVA_LEAST} or later) on the PATH`;
  const release = /version "(?:1\.)?(\d+)/.exec(java)?.[1];
  if (Number(release) < JAVA_LEAST) return `Java ${release} is too old, ${JAVA_LEAST} or later is needed`;
  if (existsSync(join(cacheFolder(), folderName(jars)))) return null;
  if ((await saidBy('mvn', ['-version'])) === null)
    return 'its jars are not in the cache, and there is no Maven to fetch them';
  try {
    await classPath(jars);
    return null;
  } catch (error) {
    return `its jars cannot be fetched: ${whyMavenFailed((error as Error).cause ?? error)}`;
  }
}

/**
 * Class path of these libraries. Maven fetches them on first use into a folder outside of the
 * checkout.
 */
export async function classPath(jars: JarSet): Promise<string> {
  const folder = await cached(folderName(jars), (work) => fetchJars(jars, work));
  return join(folder, '*');
}

async function fetchJars(jars: JarSet, folder: string): Promise<void> {
  try {
    await writeFile(join(folder, 'pom.xml'), pom(jars));
    const options = ['-q', '-B', `-DoutputDirectory=${folder}`, ...repositoryOption()];
    await run('mvn', ['dependency:copy-dependencies', ...options], { cwd: folder, timeout: FETCH_MS });
  } catch (cause) {
    throw new Error(
      `${jars.name} could not be fetched: that needs Java ${JAVA_LEAST} and Maven with access to a Maven repository (once).`,
      { cause },
    );
  }
}

/**
 * The name is derived from the content, so that another version or list of jars never finds the old
 * folder.
 */
const folderName = (jars: JarSet): string =>
  `${jars.name}-${createHash('sha256').update(pom(jars)).digest('hex').slice(0, 8)}`;

const pom = ({ artifacts }: JarSet): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>touchstone.test</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${artifacts.map(([group, artifact, version]) => `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`).join('\n')}
  </dependencies>
</project>
`;

/** Maven stores downloads below the user's home, or elsewhere if that cannot be written. */
function repositoryOption(): string[] {
  const isOurs = cacheFolder().startsWith(tmpdir());
  return isOurs ? [`-Dmaven.repo.local=${join(cacheFolder(), 'maven')}`] : [];
}

/** A short sentence for Maven's hundred lines of output. */
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
  return /^\[ERROR\] (.{1,200})/m.exec(told)?.[1] ?? firstLine(message);
}
