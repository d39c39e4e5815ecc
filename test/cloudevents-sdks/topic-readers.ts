import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { KAFKA_VERSION } from '../kafka-broker/kafka-jars.ts';
import { classPath, type JarSet, whyNoJars } from '../servers-here/maven-jars.ts';
import { saidBy } from '../servers-here/program.ts';
import { type PythonPackages, pythonWith, whyNoPackages } from '../servers-here/python-packages.ts';

const run = promisify(execFile);
const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const PYTHON: PythonPackages = { name: 'cloudevents', requirements: ['cloudevents==2.2.0', 'kafka-python==3.0.12'] };
const JAVA: JarSet = {
  name: 'cloudevents-4.0.1',
  artifacts: [
    ['io.cloudevents', 'cloudevents-kafka', '4.0.1'],
    ['io.cloudevents', 'cloudevents-json-jackson', '4.0.1'],
    ['org.apache.kafka', 'kafka-clients', KAFKA_VERSION],
    ['org.slf4j', 'slf4j-nop', '1.7.36'],
  ],
};

export const whyNoPythonReader = (): Promise<string | null> => whyNoPackages(PYTHON);

/** The program is run from its source, which needs the compiler. */
export async function whyNoJavaReader(): Promise<string | null> {
  const modules = await saidBy('java', ['--list-modules']);
  if (modules !== null && !modules.includes('jdk.compiler')) return 'Java has no compiler here: a JDK is needed';
  return whyNoJars(JAVA);
}

/** The attributes and the data of an event, as an SDK understood them. */
export interface Understood {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly data: unknown;
}

/** A message of a topic, and what each binding of an SDK made of it. */
export interface SdkMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly read: Readonly<Record<string, Understood | { readonly error: string }>>;
}

/** Reads all that these topics hold now. `url` as of the broker, `kafka://host:port`. */
export type ReadTopics = (url: string, topics: readonly string[]) => Promise<SdkMessage[]>;

export const readTopicsWithPython: ReadTopics = async (url, topics) =>
  linesOf(await pythonWith(PYTHON), [program('read_topics.py'), new URL(url).host, ...topics]);

export const readTopicsWithJava: ReadTopics = async (url, topics) =>
  linesOf('java', ['-cp', await classPath(JAVA), program('ReadTopics.java'), new URL(url).host, ...topics]);

async function linesOf(command: string, args: readonly string[]): Promise<SdkMessage[]> {
  const { stdout } = await run(command, [...args], { maxBuffer: 64_000_000 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
