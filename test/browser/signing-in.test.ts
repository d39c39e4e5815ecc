import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@touchstone/runtime';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');
const made = {
  all: createKey({ name: 'all', scopes: ['admin', 'publish', 'read'] }),
  reader: createKey({ name: 'reader', scopes: ['read'] }),
};

describeWithChromium('A session of the page with a system that has keys', () => {
  let folder: string;
  let system: ShopSystem;
  let browser: Browser;
  const headers = { authorization: `Bearer ${made.all.secret}` };

  beforeAll(async () => {
    await buildIfStale();
    folder = mkdtempSync(join(tmpdir(), 'touchstone-browser-'));
    inForce('all', 'reader');
    system = await startShop({ TOUCHSTONE_KEYS: join(folder, 'keys.json') }, headers);
    // The signal that lets the system read its keys again would end the browser too.
    browser = await launchChromium({ handleSIGHUP: false });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Puts these keys in force in place of the present ones. */
  function inForce(...names: readonly (keyof typeof made)[]): void {
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(names.map((name) => made[name].entry)));
    if (system !== undefined) process.emit('SIGHUP');
  }

  async function signedIn(): Promise<Page> {
    const { page } = await openPage(browser, system.url);
    await page.goto('/journeys?last=all');
    await page.getByRole('textbox', { name: 'Key' }).fill(made.reader.secret);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'order-1', exact: true }).waitFor();
    return page;
  }

  test('lets downloads and event streams through, until its key is revoked', async () => {
    const page = await signedIn();
    const download = page.waitForEvent('download');
    await page.evaluate(
      `Object.assign(document.createElement('a'), { href: '/v1/export/journeys?format=csv' }).click()`,
    );
    expect((await download).suggestedFilename()).toMatch(/\.csv/);
    const opened = `new Promise((done) => {
      const stream = new EventSource('/v1/live');
      stream.onopen = () => { stream.close(); done('open'); };
      stream.onerror = () => { stream.close(); done('closed'); };
    })`;
    expect(await page.evaluate(opened)).toBe('open');
    inForce('all');
    expect(await page.evaluate(opened)).toBe('closed');
    await page.getByRole('button', { name: 'Read again' }).click();
    await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    await page.getByRole('link', { name: 'order-1', exact: true, includeHidden: true }).waitFor();
    inForce('all', 'reader');
    await page.context().close();
  });
});
