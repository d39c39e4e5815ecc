import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import { DAY_MS } from '@touchstone/journey';
import type { Logger } from '@touchstone/runtime';
import type { Running } from './start-in-order.ts';

const DEMO = { seed: 7, customers: 300, days: 480 };
const BATCH = 500;

/**
 * Publishes a simulated shop's past up to now, once, through the HTTP API. A demo folder that
 * already has it is left alone.
 */
export async function publishDemo(running: Running, logger: Logger): Promise<void> {
  if ((await running.store.greatestTime()) !== null) return;
  for (const definition of shopDefinitions) {
    await send(`${running.url}/v1/definitions/${definition.type}`, 'PUT', definition);
  }
  const from = Date.now() - DEMO.days * DAY_MS;
  let published = 0;
  let batch: unknown[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    await send(`${running.url}/v1/events`, 'POST', batch);
    published += batch.length;
    batch = [];
  };
  for (const event of simulateShop({ ...DEMO, from })) {
    if (Date.parse(event.time) > Date.now()) break;
    if (batch.push(event) >= BATCH) await flush();
  }
  await flush();
  logger.info(`a simulated shop of ${DEMO.customers} customers is in: ${published} events; open ${running.url}`);
}

async function send(url: string, method: string, body: unknown): Promise<void> {
  const answer = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${await answer.text()}`);
}
