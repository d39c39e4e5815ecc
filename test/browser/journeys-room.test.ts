import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy, problem } from './canned-answers.ts';
import { largePaths } from './canned-journeys.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { drawn, fits } from './drawn.ts';

const describeWithChromium = await describeWith('chromium');

const VIEWS = ['map', 'funnel', 'paths', 'variants', 'durations'] as const;
const NOBODY = {
  funnel: { groups: [] },
  paths: { cases: 0, nodes: [], edges: [] },
  variants: { cases: 0, variants: 0, items: [], nextCursor: null },
  conformance: { cases: 0, open: 0, conforming: { n: 0, k: 0, rate: null, low: null, high: null }, deviations: [] },
  durations: { groups: [] },
} as const;

describeWithChromium('The room of journeys', () => {
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

  const region = (name: string) => page.getByRole('region', { name, exact: true });

  test('its parts are addresses that keep the whole selection', async () => {
    await page.goto('/journeys?type=order&attribute.plan=gold&last=P30D&sort=score');
    const parts = page.getByRole('navigation', { name: 'Ways to look at journeys' });
    for (const name of ['Map', 'Funnel', 'Paths', 'Variants', 'Durations', 'Table']) {
      await parts.getByRole('link', { name }).click();
      await expect.poll(() => parts.locator('[aria-current=page]').allInnerTexts()).toEqual([name]);
      const { view, ...selection } = Object.fromEntries(new URL(page.url()).searchParams);
      expect(view).toBe(name === 'Table' ? undefined : name.toLowerCase());
      expect(selection).toEqual({ type: 'order', 'attribute.plan': 'gold', last: 'P30D' });
    }
  });

  test('the table has the columns that were chosen, and gives its whole selection as a file', async () => {
    await page.goto('/journeys?type=order&last=P30D');
    const heads = () => page.locator('.row-table thead th').allInnerTexts();
    await expect.poll(async () => (await heads()).length).toBe(8);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Took' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'Customer' }).click();
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await heads()).map((head) => head.replace(/\W+$/, ''))).toContain('Took');
    expect(await heads()).not.toContain('Customer');
    await page.reload();
    await expect.poll(heads).toContain('Took');
    const file = new URL((await page.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '', system.url);
    expect(file.pathname).toBe('/v1/export/journeys');
    const { from, to, ...asked } = Object.fromEntries(file.searchParams);
    expect(asked).toEqual({ type: 'order', format: 'csv' });
    expect([from, to]).toEqual(['2026-02-12T10:21:00.000Z', '2026-03-14T10:21:00.000Z']);
  });

  test('a figure of the funnel opens its journeys, and the way back leads to the same funnel', async () => {
    const asked: object[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/funnel/journeys')) asked.push(request.postDataJSON() as object);
    });
    await page.goto('/journeys?view=funnel&type=order&within=P7D');
    const funnel = region('Funnel');
    await funnel
      .getByRole('row', { name: /payment/ })
      .getByRole('link', { name: '91', exact: true })
      .click();
    await page.getByText('Step 2, payment.approved · Lost').waitFor();
    await page.getByRole('link', { name: 'order-20931' }).waitFor();
    expect(asked[0]).toMatchObject({
      where: { type: 'order' },
      steps: ['order.placed', 'payment.approved', 'parcel.shipped', 'delivery.received'],
      within: 'P7D',
      step: 2,
      state: 'dropped',
    });
    await page.getByRole('link', { name: 'Back to the drawing' }).click();
    await funnel.getByRole('row', { name: /payment/ }).waitFor();
    expect(new URL(page.url()).searchParams.get('within')).toBe('P7D');
  });

  test('steps are moved, taken out and added by keyboard, and stand in the address', async () => {
    await page.goto('/journeys?view=funnel&type=order');
    await page.getByRole('button', { name: 'Move parcel.shipped earlier' }).press('Enter');
    await page.getByRole('button', { name: 'Remove order.placed' }).press('Enter');
    const steps = () => new URL(page.url()).searchParams.get('steps');
    await expect.poll(steps).toBe('parcel.shipped,payment.approved,delivery.received');
    await page.getByRole('combobox', { name: 'Add a touchpoint…' }).first().selectOption('support.call');
    await expect.poll(steps).toBe('parcel.shipped,payment.approved,delivery.received,support.call');
  });

  test('two selections stand beside each other, each with its own questions and journeys', async () => {
    const periods = new Set<string>();
    page.on('request', (request) => {
      if (!request.url().endsWith('/v1/analytics/funnel')) return;
      const { where } = request.postDataJSON() as { where: { from: string; to: string } };
      periods.add(`${where.from} ${where.to}`);
    });
    await page.goto('/journeys?view=funnel&type=order');
    await page.getByRole('button', { name: 'Compare with' }).click();
    await page.getByRole('menuitem', { name: 'The period before' }).click();
    const other = region('Compared with');
    const lost = other.getByRole('row', { name: /payment/ }).getByRole('link', { name: '91', exact: true });
    await lost.waitFor();
    expect([...periods].sort()).toEqual([
      '2026-02-28T10:21:00.000Z 2026-03-07T10:21:00.000Z',
      '2026-03-07T10:21:00.000Z 2026-03-14T10:21:00.000Z',
    ]);
    expect(new URL(page.url()).searchParams.get('against')).toBe('before');
    const behind = new URL((await lost.getAttribute('href')) ?? '', system.url).searchParams;
    expect([behind.get('from'), behind.get('to')]).toEqual(['2026-02-28T10:21:00.000Z', '2026-03-07T10:21:00.000Z']);
    for (const view of ['table', ...VIEWS]) {
      await page.goto(`/journeys?view=${view}&type=order&against=channel%3Dapp`);
      await drawn(page);
      await other.getByText('app', { exact: true }).first().waitFor();
      await region('This selection').waitFor();
    }
    await page.getByRole('button', { name: 'End the comparison' }).click();
    await other.waitFor({ state: 'detached' });
  });

  test('a line, a moment and a deviation open the journeys that they count', async () => {
    // The page asks again as time goes on.
    const asked = new Set<string>();
    page.on('request', (request) => {
      if (/(?:paths|conformance|durations)\/journeys$/.test(request.url())) asked.add(request.postData() ?? '');
    });
    await page.goto('/journeys?view=paths&type=order&shape=map');
    await page.locator('.paths-map-box svg').waitFor();
    await page.locator('[data-node]').filter({ hasText: 'Delivery' }).click();
    await page.getByText('Journeys with Delivery').waitFor();
    await page.goBack();
    await region('Ways').getByRole('link', { name: '154', exact: true }).click();
    await page.getByText('Journeys that went payment.approved → payment.approved').waitFor();
    await page.goto('/journeys?view=variants&type=order');
    await region('Conformance').getByRole('link', { name: '431', exact: true }).click();
    await page.getByText('missing: Delivery').waitFor();
    await page.goto('/journeys?view=durations&type=order');
    await region('Durations')
      .getByRole('row', { name: /^12h – 1d/ })
      .getByRole('link')
      .last()
      .click();
    await page.getByText(/Arrived · 12h – 1d/).waitFor();
    await expect.poll(() => asked.size).toBe(4);
    const [ofNode, ofEdge, ofDeviation, ofSpan] = [...asked].map((text) => JSON.parse(text));
    const edge = { from: 'payment.approved', to: 'payment.approved' };
    expect(ofNode).toMatchObject({ node: 'delivery.received', nodesMax: 15 });
    expect(ofEdge).toMatchObject({ edge });
    expect(ofDeviation).toMatchObject({ deviation: { kind: 'missing', touchpoint: 'delivery.received' } });
    expect(ofSpan).toMatchObject({ state: 'arrived', minMs: 43_200_000, maxMs: 86_400_000 });
  });

  test('a map of 200 touchpoints is laid out by a worker of this origin', async () => {
    system.answer((url) => (url.pathname === '/v1/analytics/paths' ? largePaths(200) : healthy(url)));
    const workers: string[] = [];
    page.on('worker', (worker) => workers.push(worker.url()));
    await page.goto('/journeys?view=funnel&type=order');
    await drawn(page);
    expect(workers).toEqual([]);
    await page.goto('/journeys?view=paths&type=order&shape=map&nodes=200');
    const whole = page.locator('.paths-map-box svg');
    await whole.waitFor({ timeout: 120_000 });
    const pieces = async () => [await whole.getAttribute('data-drawn'), await whole.getAttribute('data-pieces')];
    await expect.poll(async () => new Set(await pieces()).size, { timeout: 60_000 }).toBe(1);
    expect(await page.locator('[data-node]').count()).toBe(202);
    expect(new Set(workers.map((url) => new URL(url).origin))).toEqual(new Set([system.url]));
    expect(await page.locator('main img, main b').filter({ hasText: '😀' }).count()).toBe(0);
  }, 240_000);

  test('a part with nothing in it says so, and one that is refused says why', async () => {
    for (const view of VIEWS) {
      system.answer((url) => {
        const name = url.pathname.split('/')[3] as keyof typeof NOBODY;
        return url.pathname.startsWith('/v1/analytics/') ? [200, NOBODY[name]] : healthy(url);
      });
      await page.goto(`/journeys?view=${view}&type=order`);
      await drawn(page);
      await page.locator('.empty').first().waitFor();
      system.answer((url) =>
        url.pathname.startsWith('/v1/analytics/')
          ? problem(400, 'Too much', 'Narrow the selection by a type.', 'too_much')
          : healthy(url),
      );
      await page.reload();
      await page.getByText('Narrow the selection by a type.').first().waitFor();
    }
  });

  test('names of 500 characters, quotes and emoji stay text, and stay within the page', async () => {
    system.answer((url) => (url.pathname === '/v1/analytics/paths' ? largePaths(30) : healthy(url)));
    await page.setViewportSize({ width: 390, height: 844 });
    for (const query of [
      'view=paths',
      'view=paths&shape=map',
      'view=variants',
      `view=funnel&steps=${'x'.repeat(500)},%3Cb%3E`,
    ]) {
      await page.goto(`/journeys?type=order&${query}`);
      await drawn(page);
      await fits(page, query);
      expect(await page.locator('main b').filter({ hasText: '😀' }).count()).toBe(0);
    }
  });
});
