import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from '@touchstone/client';
import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import type { Definition } from '@touchstone/journey';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';

/** A simulated shop for trials: its events, the measures in force, and those to try. */

export const [order, , support] = shopDefinitions as [Definition, Definition, Definition];
/**
 * Payment has more weight, a delivery is expected to delight, and ten days of silence abandon the
 * order.
 */
const stricterOrder: Definition = {
  ...order,
  abandonAfterDays: 10,
  touchpoints: {
    ...order.touchpoints,
    'payment.approved': { ...order.touchpoints!['payment.approved'], weight: 5 },
    'delivery.received': { ...order.touchpoints!['delivery.received'], expectation: 4.8 },
  },
};
/** An unsolved question vetoes, and an answer that takes longer than three hours costs points. */
const stricterSupport: Definition = {
  ...support,
  expects: [{ after: 'support.contacted', touchpoint: 'support.answered', withinMs: 3 * 3_600_000 }],
  touchpoints: {
    ...support.touchpoints,
    'support.solved': { ...support.touchpoints!['support.solved'], critical: true },
  },
};
/** Both definitions, to be tried in place of those in force. */
export const stricter = [stricterOrder, stricterSupport];
export const events = [
  ...simulateShop({ seed: 7, customers: 80, days: 250, from: Date.parse('2025-01-01T00:00:00Z') }),
];
export const now = Math.max(...events.map(({ time }) => Date.parse(time)));

export interface TrialShop {
  readonly folder: string;
  readonly dataFolder: string;
  readonly system: Running;
  readonly client: Client;
  remove(): Promise<void>;
}

/** A whole system that measures the shop's events with the shop's definitions. */
export async function startTrialShop(): Promise<TrialShop> {
  const folder = await mkdtemp(join(tmpdir(), 'touchstone-trial-'));
  const dataFolder = join(folder, 'data');
  await writeFile(join(folder, 'shop.json'), JSON.stringify(shopDefinitions));
  const config = readConfig({
    PORT: '0',
    TOUCHSTONE_DATA: dataFolder,
    CLOCK: 'log',
    DEFINITIONS: join(folder, 'shop.json'),
  });
  const system = await startTouchstone(config, createLogger({ level: 'error' }));
  const client = createClient({ url: system.url });
  const { position } = await client.publish(events as Parameters<Client['publish']>[0]);
  // The answer of a list waits until passed deadlines are settled.
  await client.get('/v1/customers', { limit: 1 }, { after: position });
  return {
    folder,
    dataFolder,
    system,
    client,
    remove: async () => {
      await system.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
