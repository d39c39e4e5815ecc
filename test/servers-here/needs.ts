import { whyNoChromium } from '../browser/chromium.ts';
import { whyNoFirefox } from '../browser/firefox.ts';
import { whyNoJavaReader, whyNoPythonReader } from '../cloudevents-sdks/topic-readers.ts';
import { whyNoExportReaders } from '../export-readers/python-readers.ts';
import { whyNoKafka } from '../kafka-broker/kafka-jars.ts';
import { whyNoPythonTools } from '../openapi-tools/python-tools.ts';
import { whyNoProgram } from './program.ts';

/** A program that some tests need and that npm does not provide. */
export interface Need {
  readonly name: string;
  /** How to get it, as the end of a sentence that begins with "To run them". */
  readonly get: string;
  /**
   * Why it is not available on this machine, or `null`. It may fetch the program first, so it is
   * called once per run.
   */
  readonly whyMissing: () => Promise<string | null>;
  /** True: it is skipped where it is missing, even if nothing else may be. */
  readonly isOptional?: boolean;
}

/**
 * All such programs. A test names the one that it needs, and is skipped with the reason if it is
 * not available.
 */
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
  firefox: {
    name: 'Firefox',
    get: "install Firefox (Debian's package firefox-esr), or set FIREFOX_PATH",
    whyMissing: whyNoFirefox,
  },
  promtool: {
    name: 'promtool',
    get: "install Prometheus (Debian's package prometheus)",
    whyMissing: async () => whyNoProgram('promtool', ['--version']),
  },
  cloudeventsForJava: {
    name: "Java's CloudEvents SDK",
    get: 'install a JDK, 17 or later, and Maven, with a Maven repository in reach the first time',
    whyMissing: whyNoJavaReader,
  },
  cloudeventsForPython: {
    name: "Python's CloudEvents SDK",
    get: 'install Python 3.10 or later with venv (or set PYTHON), with a package index in reach the first time',
    whyMissing: whyNoPythonReader,
  },
  openApiForPython: {
    name: "Python's tools for OpenAPI",
    get: 'install Python 3.10 or later with venv (or set PYTHON), with a package index in reach the first time',
    whyMissing: whyNoPythonTools,
  },
  exportReaders: {
    name: 'pm4py and pyarrow',
    get: 'install Python 3.10 or later with venv (or set PYTHON), with a package index in reach the first time',
    whyMissing: whyNoExportReaders,
    // Half a gigabyte of packages from elsewhere: a run does not fail because an index is slow.
    isOptional: true,
  },
  nginx: {
    name: 'nginx',
    get: "install nginx (Debian's package nginx)",
    whyMissing: async () => whyNoProgram('nginx', ['-v']),
  },
  caddy: {
    name: 'Caddy',
    get: "install Caddy (Debian's package caddy)",
    whyMissing: async () => whyNoProgram('caddy', ['version']),
  },
  openssl: {
    name: 'openssl',
    get: 'install OpenSSL',
    whyMissing: async () => whyNoProgram('openssl', ['version']),
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/**
 * If this variable is `all`, nothing is skipped: a missing program fails the tests that need it.
 */
export const REQUIRE = 'REQUIRE_TEST_SERVERS';

export const isRequired = (): boolean => process.env[REQUIRE] === 'all';
