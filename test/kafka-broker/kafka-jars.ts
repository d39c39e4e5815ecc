import { randomUUID } from 'node:crypto';
import { classPath, type JarSet, whyNoJars } from '../servers-here/maven-jars.ts';

export const KAFKA_VERSION = '4.3.0';

/**
 * The broker, its command-line tools (a Java producer to test against), and a logger, without which
 * the broker logs nothing.
 */
const KAFKA: JarSet = {
  name: `kafka-${KAFKA_VERSION}`,
  artifacts: [
    ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
    ['org.apache.kafka', 'kafka-tools', KAFKA_VERSION],
    ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.25.3'],
  ],
};

/** Why no broker can be started here, or `null`. */
export const whyNoKafka = (): Promise<string | null> => whyNoJars(KAFKA);

export const kafkaClassPath = (): Promise<string> => classPath(KAFKA);

/**
 * Id for formatting a broker's storage: 16 bytes as base64url. It never begins with a dash, which
 * would be parsed as an option.
 */
export const clusterId = (): string =>
  Buffer.from(`00${randomUUID().replaceAll('-', '').slice(2)}`, 'hex').toString('base64url');
