import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, readConfig } from '@touchstone/runtime';
import { type Running, startTouchstone } from '@touchstone/touchstone';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const DESK: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

/** Long enough for this large page on a busy machine. */
const PATIENCE = 180_000;

/** All but startRebuild, because no rebuild starts while a trial runs. */
const OPERATIONS_WITH_BODY = [
  'Publishing-publishEvents',
  'Publishing-retryRejectedEvents',
  'Running-retryParkedEvents',
  'Definitions-putDefinition',
  'Definitions-startTrial',
];

/** Pixels by which the page is wider than the window. */
const overhang = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));

/** Operations whose line has overlapping texts. */
const overlaps = (page: Page): Promise<unknown> =>
  page.evaluate(`
    const parts = '.opblock-summary-method, .opblock-summary-path, .opblock-summary-description';
    const areApart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    [...document.querySelectorAll('.opblock-summary-control')]
      .filter((line) => {
        const boxes = [...line.querySelectorAll(parts)].map((part) => part.getBoundingClientRect());
        return boxes.some((a, i) => boxes.slice(i + 1).some((b) => !areApart(a, b)));
      })
      .map((line) => line.textContent)`);

/** Brightness of the page behind its texts, and of a heading: 0 black … 255 white. */
async function brightness(page: Page): Promise<{ readonly page: number; readonly heading: number }> {
  const colours = await page.evaluate(`[
    getComputedStyle(document.documentElement).backgroundColor,
    getComputedStyle(document.querySelector('.info .title')).color,
  ]`);
  const [behind, heading] = (colours as string[]).map((colour) => {
    const [r = 255, g = 255, b = 255, alpha = 1] = colour.match(/[\d.]+/g)?.map(Number) ?? [];
    return alpha === 0 ? 255 : (r + g + b) / 3;
  });
  return { page: behind!, heading: heading! };
}

const withChromium = await describeWith('chromium');
withChromium('the page of the API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-docs-'));
  let system: Running;
  let browser: Browser;
  beforeAll(async () => {
    const config = readConfig({ TOUCHSTONE_DATA: folder, PORT: '0' });
    [system, browser] = await Promise.all([
      startTouchstone(config, createLogger({ level: 'silent' })),
      launchChromium(),
    ]);
  }, PATIENCE);
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE);

  test.each([
    ['a phone', PHONE],
    ['a desk', DESK],
  ])(
    'fits %s, and is dark while the browser prefers it',
    async (_, device) => {
      const { page, offences, close } = await openPage(browser, system.url, { ...device, colorScheme: 'dark' });
      page.setDefaultTimeout(PATIENCE);
      await page.goto('/docs');
      await page.locator('#operations-Publishing-publishEvents').waitFor();
      expect(await page.evaluate('innerWidth')).toBe(device.viewport?.width);
      expect(await overhang(page)).toBeLessThanOrEqual(0);
      expect(await overlaps(page)).toEqual([]);
      const dark = await brightness(page);
      expect(dark.page).toBeLessThan(60);
      expect(dark.heading).toBeGreaterThan(180);

      await page.emulateMedia({ colorScheme: 'light' });
      await page.locator('html:not(.dark-mode)').waitFor();
      const light = await brightness(page);
      expect(light.page).toBeGreaterThan(240);
      expect(light.heading).toBeLessThan(90);

      await page.locator('#operations-Journeys-listJourneys .opblock-summary-control').click();
      await page.locator('#operations-Journeys-listJourneys .responses-wrapper').waitFor();
      expect(await overhang(page)).toBeLessThanOrEqual(0);
      expect(offences).toEqual([]);
      await close();
    },
    PATIENCE,
  );

  test(
    'shows with each operation an example of its body that works as it stands, of every media type',
    async () => {
      const { page, close } = await openPage(browser, system.url, DESK);
      page.setDefaultTimeout(PATIENCE);
      await page.goto('/docs');
      const sent: string[] = [];
      for (const operation of OPERATIONS_WITH_BODY) {
        const block = page.locator(`#operations-${operation}`);
        await block.locator('.opblock-summary-control').click();
        const media = block.locator('.opblock-section-request-body select.content-type');
        await media.waitFor();
        for (const type of await media.locator('option').allTextContents()) {
          await media.selectOption(type);
          if (operation === 'Definitions-putDefinition') await block.getByPlaceholder('type').fill('order');
          const answered = page.waitForResponse((response) => response.request().method() !== 'GET');
          await block.getByRole('button', { name: 'Execute' }).click();
          const answer = await answered;
          expect(answer.ok(), `${operation} ${type}: ${await answer.text()}`).toBe(true);
          sent.push(type);
        }
        await block.locator('.opblock-summary-control').click();
      }
      expect(sent).toHaveLength(OPERATIONS_WITH_BODY.length + 3);
      const { items } = (await (await fetch(`${system.url}/v1/rejected`)).json()) as { items: unknown[] };
      expect(items).toEqual([]);
      await close();
    },
    PATIENCE,
  );
});
