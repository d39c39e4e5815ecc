import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy, problem, withLongJourney, withManyTouchpoints } from './canned-answers.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { drawn, tooWideBy } from './drawn.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';

const describeWithChromium = await describeWith('chromium');

/** Texts that the pages show for known answers. */
describeWithChromium('The pages of the dashboard', () => {
  let browser: Browser;
  let system: CannedSystem;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await buildIfStale();
    browser = await launchChromium();
  });
  beforeEach(async () => {
    system = await startCannedSystem(healthy);
    watched = await openPage(browser, system.url);
    page = watched.page;
  });
  afterEach(async () => {
    await watched.close();
    await system.close();
    expect(watched.offences).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  /** The visible text of a locator. */
  const shown = async (where: Locator): Promise<string> => (await where.allInnerTexts()).join('\n');
  const scrolled = async (): Promise<number> => Number(await page.evaluate('Math.round(scrollY)'));
  const region = (name: string) => page.getByRole('region', { name, exact: true });

  test('the timeline says what fell due, at its time, what moved the stage, and what was told late', async () => {
    await page.goto('/journeys/order-19221');
    const entries = page.locator('.timeline > li');
    await entries.first().waitFor();
    const texts = (await entries.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(texts[3]).toMatch(/Delivery .*expected by 14 Mar.* · withdrawn 13 Mar/);
    expect(texts[4]).toMatch(/^Promise not kept in time: Delivery .*fell due .*by-thursday.* 58\.1 → 48\.1 −10\.0$/);
    expect(texts[5]).toMatch(/^fell from Behavioural ?→ ?to ?Affective fell due .*too many incidents$/);
    expect(texts.at(-1)).toMatch(/^Promise kept told late .*by an event outside of this journey/);
    expect(await shown(region('Timeline'))).toContain('9 entries, 2 of which fell due with time alone.');
  });

  test('a journey of 20,000 moments opens, adds up, and loads more of them before they are reached', async () => {
    system.answer(withLongJourney);
    await page.goto('/journeys/long');
    await region('Timeline').getByText('1,000 of 20,000 entries.').waitFor();
    const score = region('How the score came about');
    await score.getByText('✓ adds up').waitFor();
    await score.getByRole('row', { name: /^19,000 other moments/ }).waitFor();
    // Only entries near the window are in the document.
    expect(await page.locator('.timeline > li').count()).toBeLessThan(100);
    await expect
      .poll(async () => {
        await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
        return Number(
          ((await region('Timeline').textContent()) ?? '').match(/([\d,]+) of 20,000/)?.[1]?.replace(',', ''),
        );
      })
      .toBeGreaterThan(1000);
    expect(await page.locator('.timeline > li').count()).toBeLessThan(100);
    await score.getByRole('row', { name: /^1\d,000 other moments/ }).waitFor();
    await score.getByText('✓ adds up').waitFor();
  });

  test('promises not kept in time are called so everywhere, and of these the ones kept late', async () => {
    await page.goto('/journeys/order-19221');
    await page.locator('.facts').getByText('of these 1 kept late').waitFor();
    await page.getByRole('row', { name: /^Promises not kept in time/ }).waitFor();
    await page.goto('/');
    const promises = region('Promises kept in time');
    await promises.getByText('5 not kept in time (3 kept late)').waitFor();
    await page.getByText('2 promises not kept in time (of these 1 kept late)').waitFor();
    expect(await shown(page.locator('main'))).not.toMatch(/broken/i);
  });

  test('an answer to a survey is called by the survey, things by their titles, and verdicts by what was expected', async () => {
    await page.goto('/journeys/order-19221');
    const table = page.getByRole('table', { name: /How the score came about/ });
    await table.getByRole('row', { name: /CSAT at Delivery/ }).waitFor();
    const rows = await table.locator('tbody th[scope=row]').allInnerTexts();
    expect(rows.filter((text) => /^Delivery/.test(text))).toHaveLength(1);
    await page.locator('.chart svg').getByText('CSAT at Delivery').waitFor();
    expect(await shown(page.locator('.eyebrow'))).toMatch(/Online order/);
    expect(await table.getByText('below expectation').count()).toBe(2);
    // "failed" is the word for an outcome, and may be used for nothing else.
    expect(await shown(table)).not.toMatch(/failed/);
    const payment = page.locator('.timeline > li').filter({ hasText: 'parcel' }).first();
    expect(await shown(payment)).toMatch(/below expectation[\s\S]*succeeded/);
  });

  test('times name their zone, and spans their hours', async () => {
    await page.goto('/journeys/order-19221');
    const facts = page.locator('.facts');
    await facts.waitFor();
    expect(await shown(facts.locator('time').first())).toBe('6 Mar 2026, 02:20 UTC');
    expect(await shown(facts)).toMatch(/So far\s+7d 12h/);
  });

  test('who trusts and yet is loyal in purchases alone is explained as attitude × purchases', async () => {
    await page.goto('/customers/otto');
    const loyalty = region('Loyalty today');
    await loyalty.waitFor();
    const text = await shown(loyalty);
    expect(text).toMatch(/Attitude: no\. Satisfaction S is 66\.2/);
    expect(text).toMatch(/Purchases: yes\./);
    expect(text).toContain('Why the stage is behavioural all the same');
    await page.goto('/customers/maren.holm');
    await loyalty.waitFor();
    expect(await shown(loyalty)).not.toContain('Why the stage');
  });

  test('loyalty is explained by the constants in force, and without any while they are not known', async () => {
    await page.goto('/customers/otto');
    const loyalty = region('Loyalty today');
    await loyalty.getByText('a loyal attitude takes 82.5 and 4.').waitFor();
    expect(await shown(loyalty)).toContain('At least 5 in the last 100 days');
    expect(await shown(loyalty)).toContain(
      'until satisfaction falls under 55, 3 incidents come within 45 days, or 200 days pass without a purchase.',
    );
    system.answer((url) =>
      url.pathname === '/v1/policy' ? problem(404, 'Not found', 'An earlier version.', 'not_found') : healthy(url),
    );
    await page.reload();
    await loyalty.getByText('Often enough, and not long ago.').waitFor();
    expect((await shown(loyalty)).match(/\d+(\.\d+)?/g)).toEqual(['66.2', '24']);
  });

  test('a time is not torn apart, and stays with its zone', async () => {
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto('/journeys/order-19221');
      const times = page.locator('.facts time');
      await times.first().waitFor();
      for (const time of await times.all()) expect((await time.boundingBox())!.height).toBeLessThan(25);
    }
    // On a phone a table cell has two lines: the date, and the time with its zone.
    await page.goto('/customers/maren.holm');
    const when = page.getByRole('table', { name: /Changes of the trust stage/ }).locator('time');
    await when.first().waitFor();
    for (const time of await when.all()) expect((await time.boundingBox())!.height).toBeLessThan(50);
  });

  test('the lowest scoring journeys are open ones of the period, and the list behind them is the same selection', async () => {
    const asked: URLSearchParams[] = [];
    system.answer((url) => {
      if (url.pathname === '/v1/journeys') asked.push(url.searchParams);
      return healthy(url);
    });
    await page.goto('/');
    const journeys = region('Lowest scoring open journeys');
    await journeys.getByRole('link', { name: 'order-20931' }).waitFor();
    const [first] = asked;
    expect(first?.get('from')).toBe('2026-03-07T10:21:00.000Z');
    expect(first?.get('status')).toBe('open');
    await journeys.getByRole('link', { name: 'All of them' }).click();
    await page.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    await page.getByRole('link', { name: 'order-20931' }).waitFor();
    const { limit: _, ...selection } = Object.fromEntries(first!);
    const { limit: __, ...listed } = Object.fromEntries(asked.at(-1)!);
    expect(listed).toEqual(selection);
  });

  test('of thousands of touchpoints those with most moments are shown, and the others as one that is no link', async () => {
    system.answer(withManyTouchpoints);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      await page.goto('/');
      const rates = region('Failure rate by touchpoint');
      const others = rates.getByRole('row', { name: /^\(other\)/ });
      await others.waitFor();
      expect(await rates.locator('tbody tr').count()).toBe(11);
      expect(await shown(rates.locator('tbody tr').last())).toMatch(/^\(other\)/);
      expect(await others.getByRole('link').count()).toBe(0);
      await rates.getByRole('button', { name: 'Show the 500 with most moments' }).click();
      expect(await rates.locator('tbody tr').count()).toBe(501);
      expect(await rates.locator('tbody tr').last().getByRole('link').count()).toBe(0);
      await rates.getByRole('button', { name: 'Moments' }).click();
      expect(await shown(rates.locator('tbody tr').first())).toMatch(/^order\.\u200b0\.\u200bopened/);
      await rates.getByRole('button', { name: 'Show the first 10' }).click();
      expect(await rates.locator('tbody tr').count()).toBe(11);
      expect(await page.evaluate(tooWideBy)).toBeLessThanOrEqual(0);
    }
  });

  test('on a phone the status of a journey stands where it is seen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['/', '/customers/maren.holm']) {
      await page.goto(path);
      const badges = page.locator('.scrolling .badge[class*=status-]');
      await badges.first().waitFor();
      for (const badge of await badges.all()) {
        const [seen, box] = [
          (await badge.boundingBox())!,
          (await badge.locator('xpath=ancestor::*[@role="group"]').boundingBox())!,
        ];
        expect(seen.x + seen.width).toBeLessThanOrEqual(box.x + box.width);
      }
      const cut =
        "[...document.querySelectorAll('.scrolling:has(.journeys)')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.ariaLabel)";
      expect(await page.evaluate(cut)).toEqual([]);
    }
  });

  test('Back and Forward return to the place, the filters and the choices that were left', async () => {
    await page.setViewportSize({ width: 1000, height: 500 });
    await page.goto('/?last=P30D');
    const queue = region('Who needs somebody');
    await queue.getByRole('link', { name: 'maren.holm' }).waitFor();
    await drawn(page);
    await page.getByRole('button', { name: 'Moments', exact: true }).click();
    const lowest = region('Lowest scoring open journeys');
    await lowest.getByRole('link', { name: 'order-19221' }).scrollIntoViewIfNeeded();
    const left = await scrolled();
    expect(left).toBeGreaterThan(300);
    await page.goto('/customers/maren.holm');
    await page.getByRole('heading', { level: 1, name: 'maren.holm' }).waitFor();
    await page.goBack();
    await expect.poll(scrolled, { timeout: 10_000 }).toBe(left);
    // The same within the page: by a link and back.
    await lowest.getByRole('link', { name: 'order-19221' }).click();
    await page.getByRole('heading', { level: 1, name: 'order-19221' }).waitFor();
    await expect.poll(scrolled).toBe(0);
    const leftBefore = await page.evaluate('history.length');
    await page.goBack();
    await lowest.waitFor();
    await expect.poll(scrolled, { timeout: 10_000 }).toBeGreaterThan(300);
    expect(new URL(page.url()).search).toBe('?last=P30D');
    expect(await page.getByRole('columnheader', { name: /Moments/ }).getAttribute('aria-sort')).toBe('descending');
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: 'order-19221' }).waitFor();
    expect(await page.evaluate('history.length')).toBe(leftBefore);
  });

  test('an address of nothing is a page that says so, and what addresses there are', async () => {
    for (const path of ['/journey', '/journeys/a/b', '/nothing/at/all']) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name: 'There is no such page' }).waitFor();
      expect(await shown(page.locator('main'))).toContain(`Nothing stands at ${path}.`);
      await page.getByRole('main').getByRole('link', { name: 'overview' }).waitFor();
    }
  });

  const lists = ['/journeys', '/customers', '/customers?list=worklist&type=order', '/promises'];
  const paths = ['/', ...lists, '/journeys/order-19221', '/customers/otto', '/customers/maren.holm'];
  for (const path of [...paths, '/customers/nobody', '/nothing']) {
    test.each(['light', 'dark'] as const)(
      `${path} is sound by the rules of axe at a desk and on a phone (%s)`,
      async (colorScheme) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(path);
        await drawn(page, path);
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 844 });
          expect({ width, faults: await faultsForEveryone(page) }).toEqual({ width, faults: [] });
        }
      },
    );
  }
});
