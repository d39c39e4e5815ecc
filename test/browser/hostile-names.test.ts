import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy } from './canned-answers.ts';
import { type Canned, type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn, fits } from './drawn.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';

const describeWithChromium = await describeWith('chromium');
const pictures = process.env.DASHBOARD_PICTURES;

/** Names that publishers may send, each for customers, journeys and touchpoints. */
const NAMES = {
  '500 letters': 'c'.repeat(500),
  '500 letters in words': `${'a word or more '.repeat(33)}end..`,
  'from right to left': 'سارة العبد الله ٤٢',
  'of both directions, with a mark that turns what follows': 'user-\u202eevil-42\u202c אבג',
  'emoji, with joiners and flags': '👩🏽‍🚀🏳️‍🌈🇨🇭'.repeat(20),
  'marks that stack': `Z${'\u0301\u0323\u0338'.repeat(40)}algo`,
  'of an address': '../../v1/keys?a=b&c=%2F#d',
  'of HTML': '<img src=x onerror=alert(1)>&amp;"\'</script>',
} as const;

/** Puts a name in the place of every customer, journey and touchpoint. */
const renamed =
  (name: string) =>
  (url: URL): Canned => {
    const plain = new URL(url);
    const [, version, kind, id] = url.pathname.split('/');
    if (id !== undefined && decodeURIComponent(id) === name) {
      plain.pathname = `/${version}/${kind}/${kind === 'journeys' ? 'order-19221' : 'maren.holm'}`;
    }
    const canned = healthy(plain);
    if (canned === 'never') return canned;
    return [canned[0], JSON.parse(JSON.stringify(canned[1]), (key, value) => (isName(key, value) ? name : value))];
  };

const isName = (key: string, value: unknown): boolean =>
  typeof value === 'string' &&
  (['customerId', 'touchpoint'].includes(key) || (key === 'id' && /^(?:order-|c-|maren)/.test(value)));

describeWithChromium('Names that publishers choose', () => {
  let browser: Browser;
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    [browser, system] = await Promise.all([launchChromium(), startCannedSystem(healthy)]);
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  test.each(Object.entries(NAMES))(
    '%s break no page, stand there whole, and lead to their own page',
    async (what, name) => {
      system.answer(renamed(name));
      const { page, offences, close } = await openPage(browser, system.url);
      const own = encodeURIComponent(name);
      for (const path of ['/', '/journeys', '/customers?list=worklist', `/journeys/${own}`, `/customers/${own}`]) {
        await page.goto(path);
        await drawn(page, path.slice(0, 40));
        for (const width of [1440, 390]) {
          await page.setViewportSize({ width, height: 900 });
          await fits(page, `${path.slice(0, 40)} at ${width}`);
          const file = `${what}-${path.slice(0, 12)}-${width}.png`.replaceAll(/[^\w.-]+/g, '-');
          if (pictures !== undefined) await page.screenshot({ path: join(pictures, file), fullPage: true });
        }
        expect({ path, faults: await faultsForEveryone(page) }).toEqual({ path, faults: [] });
      }
      expect((await page.getByRole('heading', { level: 1 }).textContent())?.trim()).toBe(name.trim());
      const isolated = await page.locator('main a[href*="/journeys/"]').evaluateAll(apartFromTheRest, name);
      expect(isolated).toEqual([]);
      await page.locator('main a[href*="/journeys/"]').first().click();
      await expect.poll(() => page.evaluate('decodeURIComponent(location.pathname)')).toBe(`/journeys/${name}`);
      expect(offences).toEqual([]);
      await close();
    },
    120_000,
  );
});

/**
 * Runs in the page: links whose name may turn the direction of the text around it, because nothing
 * holds it apart.
 */
function apartFromTheRest(links: readonly unknown[], name: string): string[] {
  interface Link {
    readonly textContent: string;
    readonly outerHTML: string;
    querySelector(selector: string): unknown;
    closest(selector: string): unknown;
  }
  return (links as Link[])
    .filter((link) => link.textContent.includes(name) && !link.querySelector('bdi') && !link.closest('bdi'))
    .map((link) => link.outerHTML.slice(0, 200));
}
