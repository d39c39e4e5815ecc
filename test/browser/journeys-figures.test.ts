import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn, listed } from './drawn.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

interface Figure {
  readonly href: string;
  readonly n: number;
}

/** Runs in the page: a figure about many journeys is a link whose text is a number alone. */
const figuresOfPage = `[...document.querySelectorAll('main a.count-link')].map((link) => ({
  href: link.getAttribute('href'),
  n: Number(link.textContent.replaceAll(',', '')),
}))`;

describeWithChromium('Every figure about many journeys', () => {
  let system: ShopSystem;
  let browser: Browser;

  beforeAll(async () => {
    await buildIfStale();
    [system, browser] = await Promise.all([startShop(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test.each(['map', 'funnel', 'funnel&by=channel', 'paths', 'paths&shape=map', 'variants', 'durations'])(
    'of %s opens a list of as many rows',
    async (view) => {
      const { page, offences, close } = await openPage(browser, system.url);
      await page.goto(`/journeys?type=order&last=all&view=${view}`);
      await page.locator('main a.count-link').first().waitFor();
      await drawn(page, view);
      const figures = await page.evaluate<Figure[]>(figuresOfPage);
      expect(figures.length).toBeGreaterThan(1);
      for (const { href, n } of new Map(figures.map((figure) => [figure.href, figure])).values()) {
        await page.goto(href);
        await expect.poll(() => listed(page), { message: href }).toBe(n);
        expect(await page.locator('.row-table tbody tr[data-row]').count(), href).toBe(n);
      }
      expect(offences).toEqual([]);
      await close();
    },
    180_000,
  );
});
