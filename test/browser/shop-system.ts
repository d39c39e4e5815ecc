import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { startTouchstone } from '@touchstone/touchstone';
import { expect, vi } from 'vitest';
import { definition, shopEvents } from './shop-events.ts';

export interface ShopSystem {
  readonly url: string;
  /** Resolves when the page can read the published events. */
  publish(events: readonly object[]): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: the answers are compared with what the page shows, field by field.
  read(path: string, headers?: Record<string, string>): Promise<any>;
  stop(): Promise<void>;
}

/** Events of one request at most. */
const BATCH = 5_000;
const SMALL = { definitions: [definition], events: shopEvents };

/** A running system with the events of a small shop; `headers` go along with every request. */
export async function startShop(
  settings: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
  shop: { readonly definitions: readonly object[]; readonly events: readonly object[] } = SMALL,
): Promise<ShopSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-browser-'));
  const definitions = join(folder, 'definitions');
  mkdirSync(definitions);
  for (const [place, each] of shop.definitions.entries()) {
    writeFileSync(join(definitions, `${place}.json`), JSON.stringify(each));
  }
  const config = readConfig({
    PORT: '0',
    TOUCHSTONE_DATA: join(folder, 'data'),
    CLOCK: 'log',
    DEFINITIONS: definitions,
    ...settings,
  });
  const { url, stop } = await startTouchstone(config, createLogger({ level: 'silent' }));
  const system: ShopSystem = {
    url,
    publish: async (events) => {
      const answer = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json', ...headers },
        body: JSON.stringify(events),
      });
      expect(answer.status).toBe(200);
      const { accepted, position } = (await answer.json()) as { accepted: number; position: string };
      expect(accepted).toBe(events.length);
      // One answer waits only so long for a position, and a large shop takes longer.
      const isShown = async () =>
        (await fetch(`${url}/v1/overview`, { headers: { ...headers, 'touchstone-after': position } })).status;
      await vi.waitFor(async () => expect(await isShown()).toBe(200), { timeout: 120_000 });
    },
    read: async (path, more = {}) => {
      const answer = await fetch(`${url}${path}`, { headers: { ...headers, ...more } });
      expect(answer.status).toBe(200);
      return answer.json();
    },
    stop: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  for (let from = 0; from < shop.events.length; from += BATCH) {
    await system.publish(shop.events.slice(from, from + BATCH));
  }
  return system;
}
