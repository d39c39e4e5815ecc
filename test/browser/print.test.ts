import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy, withJourneys } from './canned-answers.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';

const describeWithChromium = await describeWith('chromium');

describeWithChromium('The dashboard on paper', () => {
  let browser: Browser;
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    [browser, system] = await Promise.all([launchChromium(), startCannedSystem(healthy)]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  test('says of which period and filters it is', async () => {
    const { page, close } = await openPage(browser, system.url);
    await drawn(page, '/journeys?touchpoint=42&last=P30D');
    await page.emulateMedia({ media: 'print' });
    await page.getByText('Last 30 days').waitFor();
    await page.locator('.chip', { hasText: '42' }).waitFor();
    await close();
  });

  test('a long list leaves no empty pages for the rows that are not there', async () => {
    const many = await startCannedSystem(withJourneys(5_000));
    const { page, close } = await openPage(browser, many.url);
    await drawn(page, '/journeys');
    for (let round = 0; round < 10; round++) {
      const asked = page.waitForResponse('**/v1/journeys?*cursor=*');
      await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
      await asked;
    }
    const sheets = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g)?.length;
    expect(sheets).toBeLessThan(8);
    await close();
    await many.close();
  });
});

async function drawn(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await expect.poll(() => page.locator('.loading').count(), { timeout: 20_000 }).toBe(0);
}
