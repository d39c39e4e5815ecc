import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { withRooms } from './canned-rooms.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';
import { LANGUAGES, walkEveryPage } from './walk.ts';

const describeWithChromium = await describeWith('chromium');

/** Set: writes the pictures of the documentation anew. */
const isForDocs = process.env.DASHBOARD_DOCS_PICTURES !== undefined;
const docs = join(import.meta.dirname, '../../docs/dashboard');
const DOCUMENTED: Readonly<Record<string, string>> = {
  '/journeys?view=map&type=order': 'journeys.png',
  '/customers?list=retention': 'customers.png',
  '/touchpoints': 'touchpoints.png',
  '/promises?view=keeping': 'promises.png',
  '/drivers?view=importance': 'drivers.png',
  '/definitions': 'definitions.png',
  '/system': 'system.png',
};

describeWithChromium('Every page of the dashboard', () => {
  let browser: Browser;
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    [browser, system] = await Promise.all([launchChromium(), startCannedSystem(withRooms)]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  for (const [locale, title] of Object.entries(LANGUAGES)) {
    test.each(['light', 'dark'] as const)(
      `is sound by the rules of axe and fits a desk, a tablet and a phone in ${locale} (%s)`,
      async (colorScheme) => {
        const { page, offences, close } = await openPage(browser, system.url, { locale, colorScheme });
        const walked = {
          goto: (path: string) => page.goto(path),
          evaluate: (expression: string) => page.evaluate(expression),
          resize: (width: number) => page.setViewportSize({ width, height: 900 }),
          press: (key: string) => page.keyboard.press(key),
          picture: (file: string) => page.screenshot({ path: file, fullPage: true }),
        };
        const look = async (path: string, width: number) => {
          const documented = DOCUMENTED[path];
          const isOfDocs = isForDocs && width === 1440 && locale === 'en-GB' && colorScheme === 'light';
          if (!isOfDocs || documented === undefined) return;
          await page.screenshot({ path: join(docs, documented) });
        };
        const isByKeyboard = locale === 'en-GB' && colorScheme === 'light';
        await walkEveryPage(walked, { title, isByKeyboard, name: `${colorScheme}-${locale}`, look });
        expect(offences).toEqual([]);
        await close();
      },
      1_200_000,
    );
  }
});
