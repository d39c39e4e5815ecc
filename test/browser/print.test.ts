import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy, withJourneys } from './canned-answers.ts';
import { withRooms } from './canned-rooms.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn } from './drawn.ts';

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
    await page.goto('/journeys?touchpoint=42&last=P30D');
    await drawn(page);
    await page.emulateMedia({ media: 'print' });
    await page.getByText('Last 30 days').waitFor();
    await page.locator('.chip', { hasText: '42' }).waitFor();
    await close();
  });

  test('every page and report is whole on a sheet, and white, whatever the theme is', async () => {
    system.answer((url, request, sent) =>
      url.pathname === '/v1/customers' ? [200, customers] : withRooms(url, request, sent),
    );
    const { page, close } = await openPage(browser, system.url, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: SHEET_PX, height: 1000 });
    for (const path of PAGES) {
      await page.goto(path);
      await drawn(page, path);
      await expect
        .poll(() => page.evaluate(cutInPage), { message: `${path} has everything on the sheet`, timeout: 5000 })
        .toEqual([]);
      expect({ path, ground: await page.evaluate(groundInPage) }).toEqual({ path, ground: 'rgb(255, 255, 255)' });
    }
    await close();
    system.answer(healthy);
  }, 120_000);

  test('a long list leaves no empty pages for the rows that are not there', async () => {
    const many = await startCannedSystem(withJourneys(5_000));
    const { page, close } = await openPage(browser, many.url);
    await page.goto('/journeys');
    await drawn(page);
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

const customers = {
  items: ['maren.holm', 'customer-of-the-northern-subsidiary-00140'].map((id) => ({
    ...{ id, stage: 'behavioural', since: '2026-03-01T10:00:00.000Z', satisfaction: 78.9, satisfiedMoments: 1204 },
    ...{ delights: 12, purchases: 310, loyalty: 'true', quietlyLeaving: true },
  })),
  nextCursor: null,
};

/** Width of a sheet of A4 between its margins, in CSS pixels. */
const SHEET_PX = 703;

const PAGES = [
  '/',
  '/journeys',
  '/journeys?view=funnel&type=order',
  '/journeys?view=map&type=order',
  '/journeys?view=paths&type=order',
  '/journeys?view=durations&type=order',
  '/journeys/order-19221',
  '/customers',
  '/customers?list=stages',
  '/customers?list=retention',
  '/customers?list=stays',
  '/customers/maren.holm',
  '/touchpoints',
  '/touchpoints?view=objectives',
  '/touchpoints?view=moments',
  '/promises',
  '/promises?view=keeping',
  '/promises?view=answering',
  '/promises?view=recovery',
  '/drivers',
  '/drivers?view=importance',
  '/drivers?view=rater',
  '/drivers?view=gaps',
  '/drivers?view=index',
  '/drivers?view=benchmarks',
];

/** Runs in the page and names what reaches beyond the sheet, or beyond a box that hides it. */
const cutInPage = `(() => {
  const name = (element) => element.tagName.toLowerCase() + '.' + String(element.getAttribute('class') ?? '').replaceAll(' ', '.');
  const seen = [...document.querySelectorAll('main, main *')].filter(
    (element) => element.checkVisibility({ visibilityProperty: true }) && element.closest('svg') === (element.tagName === 'svg' ? element : null) && element.closest('.hidden') === null,
  );
  const over = seen.filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
  const hiding = seen.filter(
    (element) => getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1,
  );
  return [...over, ...hiding].map(name).slice(0, 10);
})()`;

const groundInPage = `getComputedStyle(document.body).backgroundColor`;
