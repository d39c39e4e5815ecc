import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@touchstone/runtime';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { tooWideBy } from './drawn.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';
import { moment } from './shop-events.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const describeWithChromium = await describeWith('chromium');

/** Folder that gets a picture of every page, if it is set. */
const pictures = process.env.DASHBOARD_PICTURES;

const definition = {
  type: 'order',
  title: 'Online order',
  steps: ['order.placed', 'payment.approved', 'parcel.shipped', 'delivery.received'],
  completesOn: ['delivery.received'],
  touchpoints: {
    'order.placed': { title: 'Order received' },
    'payment.approved': { title: 'Payment' },
    'parcel.shipped': { title: 'On its way to you' },
    'delivery.received': { title: 'Delivered' },
  },
  expects: [
    { after: 'order.placed', touchpoint: 'payment.approved', withinMs: 3_600_000 },
    { after: 'order.placed', touchpoint: 'parcel.shipped', withinMs: 400 * 86_400_000 },
  ],
};

describeWithChromium('The page of a link for a customer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'touchstone-link-'));
  const admin = createKey({ name: 'admin', scopes: ['admin'] });
  const headers = { authorization: `Bearer ${admin.secret}` };
  let system: ShopSystem;
  let browser: Browser;
  let path: string;

  beforeAll(async () => {
    const file = (name: string, content: string): string => {
      const whole = join(folder, name);
      writeFileSync(whole, content);
      return whole;
    };
    const settings = {
      TOUCHSTONE_KEYS: file('keys.json', JSON.stringify([admin.entry])),
      SHARE_SECRET_FILE: file('share.secret', 'a secret of the operator, long enough'),
    };
    const events = [
      moment('mia.k', '02T09:00', 'order-17', 'order.placed', { attributes: { plan: 'gold' } }),
      moment('mia.k', '04T09:00', 'order-17', 'delivery.tracked', { outcome: 'failed' }),
    ];
    system = await startShop(settings, headers, { definitions: [definition], events });
    const made = await fetch(`${system.url}/v1/journeys/order-17/share`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'mia.k', expiresIn: 'P7D', timeZone: 'Europe/Berlin' }),
    });
    expect(made.status).toBe(200);
    ({ path } = (await made.json()) as { path: string });
    browser = await launchChromium();
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const looks: readonly (readonly [string, BrowserContextOptions, RegExp])[] = (['light', 'dark'] as const).flatMap(
    (colorScheme) => [
      [`en-GB ${colorScheme}`, { locale: 'en-GB', colorScheme }, /Delayed: it was expected by/] as const,
      [`zh-CN ${colorScheme}`, { locale: 'zh-CN', colorScheme }, /已延误/] as const,
    ],
  );

  test.each(looks)('is sound by the rules of axe and fits a phone and a desk (%s)', async (name, options, late) => {
    for (const address of [path, 'shared/nothing']) {
      const { page, offences, close } = await openPage(browser, system.url, options);
      const sent: string[] = [];
      page.on('response', (response) => sent.push(response.url()));
      const answer = await page.goto(`/${address}`);
      expect(answer!.status()).toBe(address === path ? 200 : 404);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (address === path) expect((await page.locator('main').allInnerTexts()).join()).toMatch(late);
      for (const width of [390, 768, 1440]) {
        await page.setViewportSize({ width, height: 844 });
        expect(await page.evaluate(tooWideBy)).toBeLessThanOrEqual(0);
        expect(await faultsForEveryone(page)).toEqual([]);
        const picture = `link-${address === path ? 'page' : 'refused'}-${width}-${name.replace(/\W+/g, '-')}.png`;
        if (pictures !== undefined) await page.screenshot({ path: join(pictures, picture), fullPage: true });
      }
      // It is the one thing that is asked for: nothing more is loaded.
      expect(sent).toHaveLength(1);
      expect(offences).toEqual([]);
      await close();
    }
  });

  test('tells no id, score, attribute or touchpoint in anything that is sent', async () => {
    const { page, close } = await openPage(browser, system.url);
    const [answer] = await Promise.all([page.waitForResponse(`${system.url}/${path}`), page.goto(`/${path}`)]);
    const sent = `${JSON.stringify(await answer.allHeaders())}${await answer.text()}`;
    expect(sent).toContain('Order received');
    for (const word of [
      'mia.k',
      'order-17',
      'gold',
      'plan',
      'order.placed',
      'delivery.tracked',
      'score',
      'admin',
      'web',
    ]) {
      expect(sent).not.toContain(word);
    }
    await close();
  });
});
