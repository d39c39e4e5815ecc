import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { projected, request, type SystemProcess, startSystem } from '../crash/system-process.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn } from './drawn.ts';
import { definition, shopEvents } from './shop-events.ts';

const describeWithChromium = await describeWith('chromium');

describeWithChromium('The dashboard of a system in a process of its own', () => {
  let folder: string;
  let system: SystemProcess;
  let browser: Browser;

  beforeAll(async () => {
    await buildIfStale();
    folder = mkdtempSync(join(tmpdir(), 'touchstone-stopped-'));
    const definitions = join(folder, 'order.json');
    writeFileSync(definitions, JSON.stringify(definition));
    system = await startSystem(join(folder, 'data'), { CLOCK: 'log', DEFINITIONS: definitions });
    await request(`${system.url}/v1/events`, shopEvents);
    await projected(system);
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    system?.process.kill('SIGCONT');
    await system?.kill();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test('one that hangs and then stops for good is told on every page, with the time of what is shown', async () => {
    const opened = await Promise.all(
      ['/', '/journeys/order-2', '/customers/maren'].map(async (path) => {
        const { page } = await openPage(browser, system.url);
        await page.goto(path);
        await drawn(page, path);
        return page;
      }),
    );
    const [overview] = opened;
    await overview!.getByText('Every accepted event is accounted for.').waitFor();
    system.process.kill('SIGSTOP');
    const old = /These figures are no longer refreshed\. They are from \d\d:\d\d:\d\d UTC/;
    for (const page of opened) await page.getByText(old).first().waitFor({ timeout: 30_000 });
    await overview!.getByText('Not known now: the system does not answer.').waitFor();
    expect(await overview!.getByText('Every accepted event is accounted for.').count()).toBe(0);
    await overview!.getByRole('button', { name: 'Last 7 days' }).click();
    await overview!.getByRole('radio', { name: 'Last 30 days' }).check();
    await overview!.getByText('Your last choice was not applied.').first().waitFor({ timeout: 30_000 });

    system.process.kill('SIGCONT');
    for (const page of opened) await expect.poll(() => page.getByText(old).count(), { timeout: 60_000 }).toBe(0);
    await overview!.getByText('Every accepted event is accounted for.').waitFor();

    await system.kill();
    for (const page of opened) await page.getByText(old).first().waitFor({ timeout: 30_000 });
    await overview!.getByText('Not known now: the system does not answer.').waitFor();
  });
});
