import { randomUUID } from 'node:crypto';
import { classPath, type JarSet, whyNoJars } from '../servers-here/maven-jars.ts';

export const KAFKA_VERSION = '4.3.0';

/** The broker, its command-line tools (a Java producer to be tested against), and a logger, without which the broker says nothing. */
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

/** What the storage of a broker is formatted with: 16 bytes, base64url. Never begins with a dash, which would be read as an option. */
export const clusterId = (): string =>
  Buffer.from(`00${randomUUID().replaceAll('-', '').slice(2)}`, 'hex').toString('base64url');
