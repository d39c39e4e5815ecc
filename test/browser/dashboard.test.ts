import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { drawn, tooWideBy } from './drawn.ts';
import { hostileTouchpoint, moment, sharedJourney } from './shop-events.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

describeWithChromium('The dashboard of a running system', () => {
  let system: ShopSystem;
  let browser: Browser;
  const opened: Watched[] = [];

  beforeAll(async () => {
    await buildIfStale();
    system = await startShop();
    browser = await launchChromium();
  });

  afterEach(async () => {
    // Asserted after each test, whatever its subject.
    const offences = opened.flatMap((watched) => watched.offences);
    for (const watched of opened.splice(0)) await watched.close();
    expect(offences).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const publish = (events: readonly object[]) => system.publish(events);
  const read = (path: string) => system.read(path);

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const watched = await openPage(browser, system.url, options);
    opened.push(watched);
    await watched.page.goto(path);
    await watched.page.getByRole('heading', { level: 1 }).waitFor();
    return watched.page;
  }

  const panel = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

  test('the overview shows the figures that the API answers', async () => {
    const page = await open('/');
    const overview = await read('/v1/overview');
    const river = panel(page, 'Trust river');
    await river.locator('.stage-counts').waitFor();
    const counts = await river.locator('.stage-counts b').allTextContents();
    expect(counts.map(Number)).toEqual(Object.values(overview.customersByStage).reverse());
    expect(overview.customersByStage.cognitive).toBe(1);
    await river.getByRole('link', { name: 'earned by repeated satisfaction', exact: true }).waitFor();
    await river.getByRole('link', { name: '↑ 1 earned by repeated satisfaction' }).waitFor();

    const payment = panel(page, 'Failure rate by touchpoint').getByRole('row', { name: /payment/ });
    await payment.waitFor();
    expect(await payment.textContent()).toMatch(/50\.0 %/);
    await panel(page, 'Promises kept in time').getByText('1 not kept in time').waitFor();
    expect(await panel(page, 'Promises kept in time').textContent()).toContain('0.0 %');
  });

  test('the strip of the system says that every accepted event is accounted for', async () => {
    const page = await open('/');
    const strip = panel(page, 'System');
    await strip.getByText('Every accepted event is accounted for.').waitFor();
    const { accepted, parked } = await read('/v1/position');
    expect(await strip.textContent()).toContain(`${accepted} accepted = ${accepted} stored`);
    expect(parked).toBe(0);
  });

  test('the failed journeys of one touchpoint are one click away, with the same selection', async () => {
    const page = await open('/?last=P30D');
    const rates = panel(page, 'Failure rate by touchpoint');
    await rates.getByRole('link', { name: /payment/ }).click();
    await page.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    await page.getByText('1 row').waitFor();
    await page.getByRole('link', { name: 'order-2' }).waitFor();
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      last: 'P30D',
      touchpoint: 'payment.approved',
      hasFailure: 'true',
      sort: 'score',
    });
    await page.getByRole('button', { name: /Remove the filter Touchpoint/ }).click();
    await expect.poll(() => new URL(page.url()).searchParams.has('touchpoint')).toBe(false);
  });

  test('a journey shows how its score came about, to the last point, and the figures add up', async () => {
    const page = await open('/journeys/order-2');
    const { score, explanation, timeline } = await read('/v1/journeys/order-2');
    expect(score).toBe(0);
    const table = page.getByRole('table', { name: /How the score came about/ });
    await table.waitFor();
    const rows = await table.locator('tbody tr, tfoot tr').allInnerTexts();
    const kinds = ['Promises not kept in time', 'Open complaints', 'Veto: at most 0.0', 'Score'];
    expect(rows.slice(explanation.moments.length).map((row) => kinds.find((kind) => row.startsWith(kind)))).toEqual(
      kinds,
    );
    expect(rows.at(-1)).toContain('✓ adds up');
    await page.locator('.chart svg').waitFor();
    expect(await page.locator('.timeline > li').count()).toBe(timeline.length);
    expect(await page.locator('.score-big').textContent()).toBe('0.0');
  });

  test('a journey tells its exact score without each thing that cost points, and draws the one that is chosen', async () => {
    const page = await open('/journeys/order-2');
    const { explanation } = await read('/v1/journeys/order-2');
    expect(explanation.whatIf.map(({ kind }: { kind: string }) => kind).sort()).toEqual(
      ['broken-promise', 'moment', 'open-complaint', 'veto'].sort(),
    );
    const rows = panel(page, 'What if').getByRole('button');
    expect(await rows.count()).toBe(explanation.whatIf.length);
    for (const [index, { score }] of explanation.whatIf.entries()) {
      const text = await rows.nth(index).textContent();
      if (score > 0) expect(text).toContain(`${score.toFixed(1)}, not 0.0`);
      else expect(text).toContain('still 0.0');
    }
    const best = explanation.whatIf[0].score.toFixed(1);
    await rows.first().click();
    await page.locator('.chart svg').getByText(`0.0 → ${best}`).waitFor();
    await rows.first().click();
    await page.locator('.chart svg').getByText(`0.0 → ${best}`).waitFor({ state: 'detached' });
  });

  test('a customer shows the stage, the history with its reasons, and what is missing for the next stage', async () => {
    const page = await open('/customers/maren');
    const { next, stage } = await read('/v1/customers/maren');
    expect(await page.locator('[aria-current="step"]').textContent()).toBe('Cognitive');
    expect(stage).toBe('cognitive');
    await panel(page, 'Trust over time').getByText('earned by repeated satisfaction').waitFor();
    await page.locator('.chart svg').waitFor();
    const missing = panel(page, `Missing for ${next.stage}`).getByRole('listitem');
    expect(await missing.count()).toBe(next.missing.length);
    await panel(page, 'Journeys').first().getByRole('link', { name: 'order-1' }).click();
    await page.getByRole('heading', { level: 1, name: 'order-1' }).waitFor();
  });

  test('a journey id that two customers use asks whose is meant, and each answer is an address of its own', async () => {
    const page = await open(`/journeys/${encodeURIComponent(sharedJourney)}`);
    await page.getByRole('heading', { level: 1, name: 'Whose journey?' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'jonas' }).click();
    await page.getByRole('heading', { level: 1, name: sharedJourney }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: sharedJourney }).waitFor();
    expect(await page.getByRole('main').textContent()).toContain('of customer jonas');
  });

  test('the palette suggests journeys, customers, touchpoints and types as one types, and says so when there is nothing', async () => {
    const page = await open('/');
    const typed = page.getByRole('combobox');
    // The key that opens the palette from anywhere.
    await page.keyboard.press('/');
    await typed.fill('order-');
    await page.getByRole('option', { name: /^order-2/ }).waitFor();
    await typed.pressSequentially('1');
    await page.getByRole('option', { name: 'order-1 Online order · Completed · maren' }).waitFor();
    await page.getByRole('option', { name: /^order-2/ }).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'order-1' }).waitFor();
    await page.keyboard.press('Control+k');
    await typed.fill('jon');
    await page.getByRole('option', { name: /^jonas/ }).click();
    await page.getByRole('heading', { level: 1, name: 'jonas' }).waitFor();
    await page.getByRole('button', { name: 'Search' }).click();
    await typed.fill('PAYment');
    await page.getByRole('option', { name: 'payment.approved' }).waitFor();
    // A type is found by its title too, which the rows do not have.
    await typed.fill('online');
    await page.getByRole('option', { name: 'Online order order' }).waitFor();
    await typed.fill('nobody');
    await page.getByText('Nothing begins with “nobody”').waitFor();
    await page.keyboard.press('Escape');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'order-1' }).waitFor();
  });

  test('names from publishers are shown as text, never as HTML', async () => {
    const page = await open(`/journeys/${encodeURIComponent(sharedJourney)}?customerId=maren`);
    await page.locator('.chart svg').waitFor();
    await page.locator('.chart svg').hover({ position: { x: 210, y: 18 } });
    await page.locator('.chart div strong').waitFor();
    expect(await page.locator('.chart div strong').textContent()).toBe(hostileTouchpoint);
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('the browser itself refuses to make HTML of a text', async () => {
    const { page, offences, close } = await openPage(browser, system.url);
    await page.goto('/');
    const assigned = "try { document.body.innerHTML = '<b>b</b>'; 'taken' } catch ({ name }) { name }";
    expect(await page.evaluate(assigned)).toBe('TypeError');
    expect(offences.join()).toContain('TrustedHTML');
    await close();
  });

  test('the overview follows what is published while it is looked at', async () => {
    const page = await open('/');
    const rates = panel(page, 'Failure rate by touchpoint').first();
    await rates.waitFor();
    await publish([moment('ines', '07T09:00', 'order-3', 'store.pickup', { outcome: 'abandoned' })]);
    await rates.getByRole('row', { name: /store/ }).waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page fits a phone and a desk and is sound for assistive technology (${colorScheme})`, async () => {
      for (const path of ['/', '/journeys/order-2', '/customers/maren', '/journeys/nothing', '/customers/nobody']) {
        const page = await open(path, { colorScheme });
        await drawn(page, path);
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 844 });
          // A chart is redrawn a moment after its width has changed.
          await expect.poll(() => page.evaluate(faultsInPage), { message: `${path} at ${width}` }).toEqual([]);
        }
      }
    });
  }
});

/**
 * Runs in the page and finds obstacles for readers with a small screen, a keyboard or a screen
 * reader.
 */
const faultsInPage = `(() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const over = ${tooWideBy};
  if (over > 0) faults.push('wider than the screen by ' + over);
  if (all('h1').length !== 1) faults.push('h1: ' + all('h1').length);
  if (all('main').length !== 1) faults.push('main: ' + all('main').length);
  if (!document.title.endsWith('· Touchstone')) faults.push('title: ' + document.title);
  for (const element of all('a, button')) {
    if (!(element.getAttribute('aria-label') ?? element.textContent).trim()) faults.push('unnamed ' + element.outerHTML);
  }
  for (const element of all('input')) {
    if (element.labels.length === 0) faults.push('unlabelled ' + element.outerHTML);
  }
  for (const element of all('th')) if (!element.scope) faults.push('th without scope: ' + element.textContent);
  for (const element of all('svg')) if (!element.closest('[aria-hidden=true]')) faults.push('a drawing without text');
  const ids = all('[id]').map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push('id twice: ' + id);
  return faults;
})()`;
