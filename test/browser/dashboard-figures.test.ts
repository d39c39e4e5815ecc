import { shopDefinitions, simulateShop } from '@touchstone/demo-shop';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn, listed } from './drawn.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

/** A shop in which every list has somebody, and that ends while things are still to come. */
const SHOP = { seed: 7, customers: 220, days: 400, from: Date.UTC(2025, 6, 1) };

/** A figure of a page, and the list that it opens. */
interface Figure {
  readonly href: string;
  readonly n: number;
}

describeWithChromium('Every figure of the dashboard', () => {
  let system: ShopSystem;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await buildIfStale();
    const events = [...simulateShop(SHOP)];
    [system, browser] = await Promise.all([
      startShop({}, {}, { definitions: shopDefinitions, events }),
      launchChromium(),
    ]);
    ({ page } = await openPage(browser, system.url));
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  async function figuresOf(path: string, ready: string): Promise<readonly Figure[]> {
    await page.goto(path);
    await page.locator(ready).first().waitFor();
    await drawn(page, path, 60_000);
    return page.evaluate<Figure[]>(figuresInPage);
  }

  /** The ids of all that the API has for a question; the customer's where there is one. */
  async function allOf(path: string): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const { items, nextCursor } = await system.read(`${path}${cursor}`);
      ids.push(...items.map((item: { customerId?: string; id: string }) => item.customerId ?? item.id));
      if (nextCursor === null) return ids;
      cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
    }
  }

  /** Opens the list behind a figure: its rows are the API's, as many as the figure says. */
  async function compare({ href, n }: Figure): Promise<void> {
    let asked: string | undefined;
    const note = (request: { url(): string }): void => {
      const { pathname, search, searchParams } = new URL(request.url());
      if (LISTS.test(pathname) && searchParams.get('limit') === String(PAGE) && !searchParams.has('cursor')) {
        asked = `${pathname}${search}`;
      }
    };
    page.on('request', note);
    await page.goto(href);
    // More than a page is loaded while one scrolls.
    await expect
      .poll(() => listed(page), { message: `${href} must list ${n}`, timeout: 20_000 })
      .toBe(isFiltered(href) ? n : Math.min(n, PAGE));
    page.off('request', note);
    expect(asked, href).toBeDefined();
    const ids = await allOf(asked!);
    if (!isFiltered(href)) expect(ids.length, href).toBe(n);
    const links = await page.locator('.row-table tbody tr:not(.space) a[href*="/customers/"]').allTextContents();
    // A list that the page filters itself has some of what the API gives.
    for (const link of links) expect(ids, href).toContain(link);
    expect(links.length > 0, href).toBe(n > 0);
  }

  /** Chooses a list within its page, and compares it; its address tells it from the one before. */
  async function choose(figure: Locator, n: number): Promise<void> {
    const before = page.url();
    await figure.click();
    await page.waitForURL(({ href }) => href !== before);
    await expect.poll(() => listed(page)).toBe(Math.min(n, PAGE));
    await compare({ href: page.url(), n });
  }

  test('of the overview opens as many rows, of the same members', async () => {
    const figures = await figuresOf('/?last=P30D', '.queue');
    expect(figures.length).toBeGreaterThan(20);
    for (const figure of figures) await compare(figure);
  }, 600_000);

  test('of the lists of customers opens as many rows, of the same members', async () => {
    await page.goto('/customers?list=tiers');
    const cells = page.locator('.tiers tbody td button');
    await cells.first().waitFor();
    const count = await cells.count();
    expect(count).toBeGreaterThan(4);
    for (let index = 0; index < count; index++) {
      const n = Number((await cells.nth(index).textContent())?.replace(/,/g, ''));
      await choose(cells.nth(index), n);
    }
    await page.goto('/customers?list=worklist');
    const reasons = page.locator('.segments label');
    await expect.poll(() => reasons.count()).toBeGreaterThan(3);
    for (const reason of (await reasons.all()).slice(1)) {
      const n = Number((await reason.textContent())?.match(/\d+$/)?.[0]);
      await choose(reason, n);
    }
  }, 300_000);

  test('of a customer and of a journey is that of the API, row by row', async () => {
    const { items } = await system.read('/v1/worklist?limit=3');
    for (const { customerId } of items) {
      const customer = await system.read(`/v1/customers/${customerId}`);
      await page.goto(`/customers/${customerId}`);
      await page.locator('.biography').waitFor();
      expect(await page.locator('.bio-journey').count()).toBe(customer.journeys.length);
      const promises = await system.read(`/v1/promises?customerId=${customerId}&limit=500`);
      expect(await page.locator('.bio-promise').count()).toBe(promises.items.length);
      const complaints = await system.read(`/v1/complaints?customerId=${customerId}&limit=500`);
      expect(await page.locator('.bio-flag').count()).toBe(complaints.items.length);

      const { id } = customer.journeys[0];
      const journey = await system.read(`/v1/journeys/${id}?customerId=${customerId}`);
      await page.locator(`.bio-journey a[href*="${id}"]`).first().click();
      await page.getByRole('heading', { level: 1, name: id }).waitFor();
      const facts = (await page.locator('.facts dd').allTextContents()).map((text) => Number.parseInt(text, 10));
      const { moments, failures, brokenPromises, openComplaints } = journey;
      expect(facts.slice(-4)).toEqual([moments, failures, brokenPromises, openComplaints]);
      expect(await page.locator('.score-table tbody th[scope=row] time').count()).toBe(
        journey.explanation.moments.length,
      );
      const ofIt = promises.items.filter(({ journeyId }: { journeyId: string }) => journeyId === id);
      await expect.poll(() => page.locator('.to-come .badge[class*=promise]').count()).toBe(ofIt.length);
    }
  }, 300_000);
});

const PAGE = 100;
/** A list of moves in one direction is made of all pages by the page itself. */
const isFiltered = (href: string): boolean => href.includes('direction=');
const LISTS = /^\/v1\/(journeys|customers|worklist|loyalty\/tiers\/[ABC]|promises|complaints|trust-changes|moments)$/;

/** Runs in the page and collects each figure that opens a list, with the list's address. */
const figuresInPage = `(() => {
  const of = (selector, box) =>
    [...document.querySelectorAll(selector)].map((link) => ({
      href: link.getAttribute('href'),
      n: Number(((box === null ? link : link.closest(box)).textContent.match(/[\\d,]+/) ?? ['0'])[0].replaceAll(',', '')),
    }));
  return [
    ...of('.headline a[href*="list=moves"], .headline a[href*="/promises"]', null),
    ...of('.stage-count, .stage-flows a, .queue-count, .moves h3 a, .levels a.number', null),
    ...of('.reason-name', 'li'),
    ...of('.river-losses li:nth-child(-n + 3) a, .river-table tr:nth-child(-n + 2) td a', null),
    ...of('.tile:has(a[href*="list=complaints"]) .tile-value a', null),
    ...[...document.querySelectorAll('.tile:has(a[href*="view=moments"])')].map((tile) => ({
      href: tile.querySelector('.tile-value a').getAttribute('href'),
      n: Number(tile.querySelector('.tile-note').textContent.match(/[\\d,]+/)[0].replaceAll(',', '')),
    })),
  ];
})()`;
