import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { withRooms } from './canned-rooms.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';

const describeWithChromium = await describeWith('chromium');

/** Begins of the addresses that are walked, while one works on a page; all unless it is set. */
const only = process.env.DASHBOARD_PATHS?.split(',');
/** Folder that gets a picture of every page, if it is set. */
const pictures = process.env.DASHBOARD_PICTURES;

/** Set: writes the pictures of the documentation anew. */
const isForDocs = process.env.DASHBOARD_DOCS_PICTURES !== undefined;
const docs = join(import.meta.dirname, '../../docs/dashboard');
const DOCUMENTED: Readonly<Record<string, string>> = {
  '/journeys?view=map&type=order': 'journeys.png',
  '/definitions': 'definitions.png',
  '/system': 'system.png',
};

const PATHS = [
  '/',
  '/?wall',
  '/journeys?attribute.plan=gold&touchpoint=42',
  '/journeys?view=map&type=order',
  '/journeys?view=funnel&type=order',
  '/journeys?view=paths&type=order',
  '/journeys?view=paths&type=order&shape=map',
  '/journeys?view=variants&type=order',
  '/journeys?view=durations&type=order',
  '/journeys?view=funnel&type=order&against=before',
  '/customers',
  '/customers?list=worklist&type=order',
  '/customers?list=moves',
  '/customers?list=stages',
  '/customers?list=retention',
  '/customers?list=stays',
  '/customers?list=cohort&cohort=1M&start=2026-01-01T00:00:00.000Z&k=1',
  '/touchpoints',
  '/touchpoints?last=P1D&stage=none',
  '/touchpoints?view=objectives',
  '/touchpoints?view=objectives&edit=objective&name=payment',
  '/touchpoints?view=objectives&edit=heartbeat',
  '/touchpoints?view=alerts',
  '/touchpoints?view=live',
  '/touchpoints?view=moments&failed=true',
  '/promises',
  '/promises?view=complaints&severity=high',
  '/promises?view=keeping',
  '/promises?view=keeping&by=time',
  '/promises?view=answering',
  '/promises?view=recovery',
  '/drivers',
  '/drivers?view=importance',
  '/drivers?view=rater&by=touchpoint',
  '/drivers?view=gaps',
  '/drivers?view=index',
  '/drivers?view=benchmarks',
  '/journeys/order-19221',
  '/customers/maren.holm',
  '/definitions',
  '/definitions?view=edit&of=order',
  '/definitions?view=trial',
  '/definitions?view=compare&of=order&version=3',
  '/system',
  '/system?view=events',
  '/system?view=events&list=rejected',
  '/system?view=checks',
  '/system?view=access',
  '/nothing',
];
const LANGUAGES = { 'en-GB': /^[\s\S]*Touchstone$/, 'zh-CN': /\p{Script=Han}/u } as const;

describeWithChromium('Every page of the dashboard', () => {
  let browser: Browser;
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    [browser, system] = await Promise.all([launchChromium(), startCannedSystem(withRooms)]);
    if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
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
        for (const path of PATHS.filter((each) => only?.some((begin) => each.startsWith(begin)) ?? true)) {
          await page.goto(path);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await expect.poll(() => page.locator('.loading').count(), { timeout: 20_000 }).toBe(0);
          expect(await page.title()).toMatch(title);
          expect({ path, broken: await page.locator('main [role=alert] pre').allTextContents() }).toEqual({
            path,
            broken: [],
          });
          for (const width of [1440, 768, 390]) {
            await page.setViewportSize({ width, height: 900 });
            const over = 'document.documentElement.scrollWidth - innerWidth';
            await expect
              .poll(() => page.evaluate(over), { message: `${path} at ${width}`, timeout: 5000 })
              .toBeLessThanOrEqual(0);
            expect({ path, width, faults: await faultsForEveryone(page) }).toEqual({ path, width, faults: [] });
            const name = `${path.replace(/\W+/g, '-')}-${width}-${colorScheme}-${locale}.png`;
            const documented = DOCUMENTED[path];
            if (isForDocs && documented !== undefined && name.endsWith('1440-light-en-GB.png')) {
              await page.screenshot({ path: join(docs, documented), fullPage: true });
            }
            if (pictures !== undefined) await page.screenshot({ path: join(pictures, name), fullPage: true });
          }
        }
        expect(offences).toEqual([]);
        await close();
      },
      600_000,
    );
  }
});
