import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

/** What people keep through the page: work on the worklist, views, marks on time axes. */
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
});
