import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { drawn, listed } from './drawn.ts';
import { definition, event, hostileTouchpoint, moment, shopEvents } from './shop-events.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

const journey = { journeyId: 'order-2', journeyType: 'order' };
/** Events that the rooms count besides: a complaint that is answered, and teams. */
const more = [
  event('jonas', '04T09:00', 'complaint.answered', { ...journey, complaintId: 'complaint-1' }),
  event('maren', '04T10:00', 'promise.made', {
    ...{ journeyId: 'order-1', journeyType: 'order', promiseId: 'soon', what: 'A gift' },
    ...{ dueAt: '2026-03-06T10:00:00.000Z', actor: { team: 'north' } },
  }),
  event('maren', '05T10:00', 'promise.kept', { journeyId: 'order-1', journeyType: 'order', promiseId: 'soon' }),
  event('maren', '05T11:00', 'purchase.made', { amount: 20, currency: 'EUR' }),
  moment('ines', '06T10:00', 'order-9', 'payment.approved', { outcome: 'abandoned', actor: { team: 'north' } }),
];

describeWithChromium('The rooms of the dashboard of a running system', () => {
  let system: ShopSystem;
  let browser: Browser;
  let watched: Watched | undefined;

  beforeAll(async () => {
    await buildIfStale();
    const shop = { definitions: [definition], events: [...shopEvents, ...more] };
    [system, browser] = await Promise.all([startShop({}, {}, shop), launchChromium()]);
  });
  afterEach(async () => {
    await watched?.close();
    expect(watched?.offences).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  async function open(path: string): Promise<Page> {
    watched = await openPage(browser, system.url);
    await watched.page.goto(path);
    await drawn(watched.page, path);
    return watched.page;
  }

  test.each([
    ['/touchpoints?last=P30D', 2],
    ['/promises?view=keeping&last=P30D', 3],
    ['/promises?view=keeping&by=time&last=P7D', 2],
    ['/promises?view=keeping&by=team&last=all&touchpoint=nowhere', 3],
    ['/promises?view=answering&last=P30D', 2],
    ['/customers?list=stages&last=P7D', 4],
    ['/customers?list=retention&cohort=1w', 2],
    ['/customers?list=stays', 1],
    ['/drivers?view=index&last=P30D', 2],
  ])('every figure of %s opens a list of as many', async (path, least) => {
    const page = await open(path);
    const figures = await page.evaluate<{ href: string; n: number }[]>(figuresInRoom);
    expect(figures.length).toBeGreaterThanOrEqual(least);
    for (const { href, n } of figures) {
      await page.goto(href);
      await expect.poll(() => listed(page), { message: `${href} ${n}` }).toBe(n);
    }
  });

  test('a cell opens its own failures, and no others', async () => {
    const page = await open('/touchpoints?last=P30D');
    await page.getByRole('link', { name: /^3 Mar: 100\.0 %, 1 of 1 moments/ }).click();
    await page.getByText('1 row').waitFor();
    await page.getByRole('link', { name: 'order-2' }).waitFor();
    expect(await page.getByRole('row', { name: /payment/ }).count()).toBe(1);
  });

  test('names from publishers are text in the heat map', async () => {
    const page = await open('/touchpoints?last=P30D');
    await page
      .getByText(hostileTouchpoint.split(' ')[0] ?? '')
      .first()
      .waitFor();
    expect(await page.locator('main img').count()).toBe(0);
  });

  test('an objective is tried on history, put, and shown with what it spent', async () => {
    const page = await open('/touchpoints?view=objectives&edit=objective&last=P30D');
    await page.getByLabel('Name', { exact: true }).fill('payments');
    await page.getByLabel('Touchpoint', { exact: true }).fill('payment.approved');
    await page.getByLabel('Moments at least').fill('1');
    await page.getByLabel('Failures at least').fill('1');
    await page.getByText('their own time').click();
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Try on history' }).click();
    await page
      .getByRole('region', { name: 'What it would have told' })
      .getByText(/a week/)
      .waitFor();
    // A change must be tried again before it can be saved.
    await page.getByLabel('Shall succeed, %').fill('97');
    await page.getByRole('button', { name: 'Try on history' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { level: 3, name: 'payments' }).waitFor();
    const { items } = await system.read('/v1/objectives');
    expect(items).toMatchObject([
      { name: 'payments', objective: { touchpoint: 'payment.approved', objective: 0.97, minMoments: 1 } },
    ]);
  });

  test('what is stored appears in the tail by itself, and waits while it is paused', async () => {
    const page = await open('/touchpoints?view=live&last=P30D');
    await page.getByText('Live', { exact: true }).last().waitFor();
    const publish = (customerId: string, at: string) =>
      system.publish([moment(customerId, at, `order-${customerId}`, 'order.placed', {})]);
    await publish('first', '07T08:00');
    await page.getByRole('link', { name: 'first', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await publish('second', '07T08:01');
    await page.getByText('Paused; 1 came meanwhile').waitFor();
    expect(await page.getByRole('link', { name: 'second', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('link', { name: 'second', exact: true }).waitFor();
  });
});

/** Runs in the page and gives the links of figures, each with the number that it shows or says. */
const figuresInRoom = `(() => {
  const number = (text) => Number((text ?? '').replaceAll(',', ''));
  return [...document.querySelectorAll('main td a')].flatMap((link) => {
    const said = (link.querySelector('.hidden')?.textContent ?? null);
    const n = said === null ? link.textContent : (/: ([\\d,]+) of [\\d,]+ came/.exec(said) ?? /, ([\\d,]+) of [\\d,]+ moments/.exec(said))?.[1];
    return Number.isNaN(number(n)) ? [] : [{ href: link.getAttribute('href'), n: number(n) }];
  });
})()`;
