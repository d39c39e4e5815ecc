import { inject } from 'vitest';
import { type BrokerAddress, type BrokerTools, brokerTools, startBroker } from './broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where global-setup.ts hands out the one broker of the run. */
    kafkaBrokerAt: string;
  }
}

/**
 * The broker that all files of a test run share, started by the first that asks. Topics and groups must be named per test. Where the run has no
 * global setup the file gets a broker of its own. `release` belongs into `afterAll`.
 */
export async function sharedBroker(): Promise<BrokerTools & { release(): Promise<void> }> {
  const at = inject('kafkaBrokerAt') as string | undefined;
  if (at === undefined) {
    const own = await startBroker();
    return { ...own, release: own.stop };
  }
  const response = await fetch(at);
  if (!response.ok) throw new Error(await response.text());
  return { ...brokerTools((await response.json()) as BrokerAddress), release: async () => {} };
}
