import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { whyNoChromium } from '../browser/chromium.ts';
import { whyNoKafka } from '../kafka-broker/kafka-jars.ts';

const run = promisify(execFile);

/** A program that some tests need and that npm does not bring. */
export interface Need {
  readonly name: string;
  /** How to get it, as the end of a sentence that begins with "To run them". */
  readonly get: string;
  /** Why it cannot be had on this machine, or `null`. It may fetch what it needs first, so it is asked once a run. */
  readonly whyMissing: () => Promise<string | null>;
}

/** Every such program: a test names the one that it needs, and is skipped with the reason where it cannot be had. */
export const NEEDS = {
  kafka: {
    name: 'Kafka',
    get: 'install Java 17 or later and Maven, with a Maven repository in reach the first time',
    whyMissing: whyNoKafka,
  },
  chromium: {
    name: 'Chromium',
    get: 'install Chromium, or set CHROMIUM_PATH',
    whyMissing: whyNoChromium,
  },
  promtool: {
    name: 'promtool',
    get: "install Prometheus (Debian's package prometheus)",
    whyMissing: async () => whyNoProgram('promtool', ['--version']),
  },
  cloudeventsForPython: {
    name: "Python's CloudEvents SDK",
    get: 'python3 -m pip install cloudevents==2.2.0, or set PYTHON to one that has it',
    whyMissing: async () =>
      whyNoProgram(python(), ['-c', 'import cloudevents.core.bindings.kafka, cloudevents.v1.kafka']),
  },
  openssl: {
    name: 'openssl',
    get: 'install OpenSSL',
    whyMissing: async () => whyNoProgram('openssl', ['version']),
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** The Python that tests run. */
export const python = (): string => process.env.PYTHON || 'python3';

/** Why a program cannot be run, or `null` if it can. */
export async function whyNoProgram(command: string, args: readonly string[]): Promise<string | null> {
  try {
    await run(command, [...args]);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `there is no ${command} on the PATH` : `${command} does not run: ${firstLine(message)}`;
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** Where this variable is `all`, nothing is skipped: a program that cannot be had fails the tests that need it. */
export const REQUIRE = 'REQUIRE_TEST_SERVERS';

export const isRequired = (): boolean => process.env[REQUIRE] === 'all';
