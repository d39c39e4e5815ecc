import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Broker, startBroker } from './broker.ts';

/**
 * Shares one broker among all test files of a run. It starts when the first file asks, so a run
 * without Kafka tests pays nothing.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let broker: Promise<Broker> | undefined;
  const server = createServer((_, response) => {
    broker ??= startBroker();
    broker.then(
      ({ url, saslUrl }) => response.end(JSON.stringify({ url, saslUrl })),
      (error: Error) => response.writeHead(500).end(`${error.message}\n${error.cause ?? ''}`),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('kafkaBrokerAt', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    await (await broker?.catch(() => undefined))?.stop();
  };
}
