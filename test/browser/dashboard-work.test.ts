import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

/** Things that people keep through the page: work on the worklist, views, marks on time axes. */
describeWithChromium('Working with the dashboard', () => {
  let system: ShopSystem;
  let browser: Browser;
  let watched: Watched;
  let page: Page;

  beforeAll(async () => {
    await buildIfStale();
    [system, browser] = await Promise.all([startShop(), launchChromium()]);
  });
  beforeEach(async () => {
    watched = await openPage(browser, system.url);
    page = watched.page;
  });
  afterEach(async () => {
    expect(watched.offences).toEqual([]);
    await watched.close();
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const region = (name: string) => page.getByRole('region', { name, exact: true });
  const itemOf = async (customerId: string, todo = '') => {
    const { items } = await system.read(`/v1/worklist${todo}`);
    return items.find((item: { customerId: string }) => item.customerId === customerId);
  };
  const markOf = async (customerId: string) => (await itemOf(customerId))?.mark;

  test('the queue is worked through by keys: take, note, put off, done, each taken back by one key', async () => {
    await page.goto('/');
    const queue = region('Who needs somebody');
    const jonas = queue.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'jonas' }) });
    await jonas.first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('t');
    await jonas.getByText('Taken').waitFor();
    await page.getByText('jonas is taken.').waitFor();
    expect(await markOf('jonas')).toMatchObject({ state: 'taken', note: '' });

    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'Note on jonas' });
    await dialog.getByLabel('Note').fill('calls today');
    expect(await faultsForEveryone(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await jonas.getByText('calls today').waitFor();

    await page.keyboard.press('d');
    await page.getByRole('dialog', { name: 'Done with jonas' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Done with jonas, until something new happens.').waitFor();
    await jonas.waitFor({ state: 'detached' });
    expect(await itemOf('jonas', '?todo=true')).toBeUndefined();
    await page.keyboard.press('u');
    await jonas.getByText('calls today').waitFor();
    await expect.poll(() => markOf('jonas')).toMatchObject({ state: 'taken', note: 'calls today' });

    await jonas.getByRole('link', { name: 'jonas' }).focus();
    await page.keyboard.press('s');
    const off = page.getByRole('dialog', { name: 'Put jonas off' });
    await off.getByLabel('In 3 days').check();
    await off.getByRole('button', { name: 'Put off' }).click();
    await jonas.waitFor({ state: 'detached' });
    await expect.poll(() => markOf('jonas')).toMatchObject({ state: 'snoozed', until: '2026-03-09T09:00:00.000Z' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await jonas.first().waitFor();
  });

  test('the whole worklist shows whom it left out when asked to, with their marks', async () => {
    await page.goto('/customers?list=worklist');
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'jonas' }) });
    await row.getByRole('button', { name: 'Done with jonas' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByLabel('Also put off and done').check();
    await row.getByText('Done', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('marks')).toBe('all');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await markOf('jonas')).state).toBe('taken');
  });

  test('one key takes the latest back on a page without a worklist too', async () => {
    await page.goto('/');
    await region('Who needs somebody').getByRole('button', { name: 'Done with jonas' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await expect.poll(async () => (await markOf('jonas'))?.state).toBe('done');
    await page.getByRole('navigation').getByRole('link', { name: 'Journeys' }).click();
    await page.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    await page.keyboard.press('u');
    await expect.poll(async () => (await markOf('jonas'))?.state).not.toBe('done');
  });

  test('a mark that the system refuses is taken back on the page, which says why and keeps the note', async () => {
    await page.goto('/');
    const queue = region('Who needs somebody');
    await queue.getByRole('link', { name: 'jonas' }).focus();
    await page.route('**/mark', (route) => route.abort());
    await page.keyboard.press('d');
    await page.getByRole('dialog').getByLabel('Note').fill('he was sent a voucher');
    await page.keyboard.press('Enter');
    await page.getByText(/Not kept for jonas: No answer/).waitFor();
    await queue.getByRole('link', { name: 'jonas' }).waitFor();
    await queue.getByRole('button', { name: 'Done with jonas' }).click();
    expect(await page.getByRole('dialog').getByLabel('Note').inputValue()).toBe('he was sent a voucher');
  });

  test('the keys are told by one key', async () => {
    await page.goto('/');
    await region('Who needs somebody').waitFor();
    await page.keyboard.press('?');
    const told = page.getByRole('dialog', { name: 'Keys' });
    await told.getByText('Take the customer of the row').waitFor();
    expect(await faultsForEveryone(page)).toEqual([]);
  });

  test('a view is saved with its selection for everybody, opened, renamed, and removed until one thinks better of it', async () => {
    await page.goto('/journeys?last=all&channel=web');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByLabel('Save this view as').fill('Orders on the web');
    expect(await faultsForEveryone(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Orders on the web' }).waitFor();
    const { items } = await system.read('/v1/views');
    expect(items).toMatchObject([
      { name: 'orders-on-the-web', view: { title: 'Orders on the web', address: '/journeys?last=all&channel=web' } },
    ]);

    await page.goto('/customers');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('link', { name: 'Orders on the web' }).click();
    await page.getByRole('heading', { level: 1, name: 'Journeys' }).waitFor();
    expect(new URL(page.url()).search).toBe('?last=all&channel=web');

    await page.getByRole('button', { name: 'Orders on the web' }).click();
    await page.getByRole('button', { name: 'Rename Orders on the web' }).click();
    await page.getByRole('textbox', { name: 'Rename Orders on the web' }).fill('Web');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove Web' }).click();
    await page.getByText('The view Web is removed.').waitFor();
    expect(await system.read('/v1/views')).toEqual({ items: [] });
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await system.read('/v1/views')).items.length).toBe(1);
  });

  test('a mark that is put stands on every time axis at its time, and can be removed', async () => {
    await page.goto('/');
    await page.getByRole('button', { name: 'Marks' }).click();
    const dialog = page.getByRole('dialog', { name: 'Marks on time axes' });
    await dialog.getByLabel('What happened').fill('release 4.2');
    await dialog.getByLabel('When (UTC)').fill('2026-03-03T12:00');
    expect(await faultsForEveryone(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Put the mark' }).click();
    await dialog.getByRole('listitem').filter({ hasText: 'release 4.2' }).waitFor();
    const { items } = await system.read('/v1/annotations');
    expect(items).toEqual([{ name: 'release-4.2', at: '2026-03-03T12:00:00.000Z', text: 'release 4.2' }]);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await region('Trust river').getByRole('listitem').filter({ hasText: 'release 4.2' }).waitFor();
    await page.goto('/customers/maren');
    const onAxis = page.locator('.biography .axis-mark').filter({ hasText: 'release 4.2' });
    await onAxis.waitFor();
    await page.locator('.chart svg').getByText('release 4.2').waitFor();
    // Between the order of the second day and the delivery of the fourth.
    const place = Number(((await onAxis.getAttribute('style')) ?? '').match(/left: ([\d.]+)%/)?.[1]);
    const { start, end } = { start: Date.UTC(2026, 2, 2, 9), end: Date.UTC(2026, 2, 6, 9) };
    expect(place).toBeCloseTo(((Date.UTC(2026, 2, 3, 12) - start) / (end - start)) * 100, 1);

    await page.goto('/');
    await page.getByRole('button', { name: 'Marks' }).click();
    await dialog.getByRole('button', { name: 'Remove release 4.2' }).click();
    await page.getByText('The mark release 4.2 is removed.').waitFor();
    expect((await system.read('/v1/annotations')).items).toEqual([]);
  });
});
