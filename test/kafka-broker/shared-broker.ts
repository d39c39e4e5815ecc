import { inject } from 'vitest';
import { type BrokerAddress, type BrokerTools, brokerTools, startBroker } from './broker.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address at which global-setup.ts shares the broker of the run. */
    kafkaBrokerAt: string;
  }
}

/**
 * The broker shared by all files of a test run, started by the first file that asks; without the
 * global setup the file gets its own. Topics and groups need names unique to the test, and
 * `release` must be called in `afterAll`.
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
