import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '@touchstone/runtime';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { launchChromium, openPage } from './chromium.ts';
import { type Certificate, proxies, type StartedProxy, selfSigned } from './proxies.ts';
import { moment } from './shop-events.ts';
import { type ShopSystem, startShop } from './shop-system.ts';

const BASE = '/touchstone';
const reader = createKey({ name: 'reader', scopes: ['read', 'publish'] });

const suites = [
  ['nginx', await describeWith('nginx')],
  ['Caddy', await describeWith('caddy')],
] as const;
const describeWithChromium = await describeWith('chromium');
const describeWithOpenssl = await describeWith('openssl');

describeWithChromium('The site under a path', () => {
  describeWithOpenssl('behind a proxy', () => {
    let folder: string;
    let system: ShopSystem;
    let browser: Browser;
    let certificate: Certificate;

    beforeAll(async () => {
      await buildIfStale();
      folder = mkdtempSync(join(tmpdir(), 'touchstone-proxies-'));
      writeFileSync(join(folder, 'keys.json'), JSON.stringify([reader.entry]));
      certificate = selfSigned(folder);
      system = await startShop(
        { BASE_PATH: BASE, TRUSTED_PROXIES: 'loopback', TOUCHSTONE_KEYS: join(folder, 'keys.json') },
        {},
        { definitions: [], events: [] },
      );
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await system?.stop();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    for (const [name, describeWithProxy] of suites) {
      describeWithProxy(name, () => {
        test.each([
          ['passes the prefix on, without TLS', 'plain', false],
          ['passes the prefix on, with TLS', 'tls', false],
          ['takes the prefix off, without TLS', 'plain', true],
          ['takes the prefix off, with TLS', 'tls', true],
        ] as const)(
          'that %s: the page draws, signs in, asks, follows live events and downloads below the path alone',
          async (what, how, strips) => {
            const own = join(folder, `${name}, ${what}`.replaceAll(/\W+/g, '-'));
            mkdirSync(own);
            const tls = how === 'tls' ? certificate : undefined;
            const upstream = new URL(system.url).host;
            const proxy = await proxies[name]({ folder: own, upstream, tls, strips });
            try {
              await goThrough(browser, proxy, how === 'tls');
            } finally {
              await proxy.stop();
            }
          },
          120_000,
        );
      });
    }
  });
});

async function goThrough(browser: Browser, proxy: StartedProxy, isSecure: boolean): Promise<void> {
  const { page, offences, close } = await openPage(browser, proxy.url, { ignoreHTTPSErrors: true });
  const outside: string[] = [];
  page.on('request', (request) => {
    const { pathname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && !`${pathname}/`.startsWith(`${BASE}/`)) outside.push(pathname);
  });
  await page.goto(BASE);
  await page.getByRole('textbox', { name: 'Key' }).fill(reader.secret);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Nothing has been published yet|Trust river/ }).waitFor();

  expect(
    await within(
      page,
      `(await fetch('${BASE}/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: ${JSON.stringify(reader.secret)} }),
  })).status`,
    ),
  ).toBe(200);
  const [cookie] = (await page.context().cookies(`${proxy.url}${BASE}/v1/live`)).filter(({ httpOnly }) => httpOnly);
  expect(cookie).toMatchObject({ path: BASE, secure: isSecure, sameSite: 'Strict' });
  expect(await page.context().cookies(proxy.url)).toEqual([]);

  const events = [moment('maren', '02T09:00', 'order-1', 'order.placed', { perception: 5 })];
  const told = await within(
    page,
    `new Promise((resolve, reject) => {
    const stream = new EventSource('${BASE}/v1/live');
    stream.onmessage = ({ data }) => { stream.close(); resolve(JSON.parse(data).customerId); };
    stream.onerror = () => reject(new Error('the stream broke off'));
    stream.onopen = () => fetch('${BASE}/v1/events', {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: ${JSON.stringify(JSON.stringify(events))},
    });
  })`,
  );
  expect(told).toBe('maren');
  const exported = await within(page, `(await fetch('${BASE}/v1/export/customers?format=csv')).text()`);
  expect(exported).toContain('maren');

  await page.goto(`${BASE}/customers/maren`);
  await page.getByRole('heading', { level: 1, name: 'maren' }).waitFor();
  const links = await within(page, `[...document.querySelectorAll('a[href^="/"]')].map((a) => a.getAttribute('href'))`);
  expect((links as string[]).filter((href) => !`${href.split('?')[0]}/`.startsWith(`${BASE}/`))).toEqual([]);
  await page.getByRole('link', { name: 'order-1' }).first().click();
  await page.getByRole('heading', { level: 1, name: 'order-1' }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`${BASE}/journeys/order-1`);

  await page.goto(`${BASE}/docs`);
  await page.locator('#operations-Access-getCaller').waitFor({ timeout: 60_000 });
  const document = await within(page, `(await fetch('${BASE}/openapi.json')).json()`);
  expect(document).toMatchObject({ servers: [{ url: BASE }] });
  expect([...offences, ...outside]).toEqual([]);
  await close();
}

/** Runs in the page and answers what the expression is. */
const within = (page: Page, expression: string): Promise<unknown> => page.evaluate(`(async () => ${expression})()`);
