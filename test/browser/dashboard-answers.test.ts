import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { healthy } from './canned-answers.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';
import { drawn } from './drawn.ts';

const describeWithChromium = await describeWith('chromium');

const PAGES = [
  '/',
  '/journeys?attribute.plan=gold&touchpoint=42',
  '/customers',
  '/customers?list=worklist&type=order',
  '/customers?list=moves',
  '/promises',
  '/promises?view=complaints',
  '/journeys/order-19221',
  '/customers/maren.holm',
];
const document = (status: number, code: string) =>
  JSON.stringify({ type: `urn:problem-type:touchstone:${code}`, title: 'Told', status, detail: 'Told why.', code });
const HTML = '<html><body><h1>Bad gateway</h1></body></html>';

/** Answers that a system, or a proxy before it, may give in place of figures. */
const ANSWERS = [
  ['a refused question', 400, 'application/problem+json', document(400, 'invalid_query')],
  ['too many questions', 429, 'application/problem+json', document(429, 'rate_limited')],
  ['a fault', 500, 'application/problem+json', document(500, 'internal_error')],
  ['a page of a proxy', 502, 'text/html', HTML],
  ['nothing from a proxy', 504, 'text/plain', ''],
  ['a page in place of figures', 200, 'text/html', HTML],
  ['figures that break off', 200, 'application/json', '{"items":[{"id":"ord'],
  ['no figures at all', 200, 'application/json', ''],
  ['figures of another kind', 200, 'application/json', '[]'],
  ['null', 200, 'application/json', 'null'],
] as const;
/** The page cannot draw these, says so, and leaves the error in the console. */
const UNDRAWABLE = ['figures of another kind', 'null'];

describeWithChromium('The dashboard, answered', () => {
  let browser: Browser;
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    [browser, system] = await Promise.all([launchChromium(), startCannedSystem(healthy)]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.close();
  });

  test.each(ANSWERS)(
    '%s: every page says so, and what to do',
    async (what, status, contentType, body) => {
      const { page, offences, close } = await openPage(browser, system.url);
      await page.route('**/v1/**', (route) => route.fulfill({ status, contentType, body }));
      for (const path of PAGES) {
        await page.goto(path);
        const told = page.getByRole('alert').first();
        await told.waitFor();
        expect((await told.textContent())?.length, path).toBeGreaterThan(40);
        await told.locator('button, a').first().waitFor();
        expect(await page.getByRole('heading', { level: 1 }).count(), path).toBe(1);
      }
      if (!UNDRAWABLE.includes(what)) expect(offences).toEqual([]);
      await close();
    },
    120_000,
  );

  test.each([
    ['/', '**/v1/worklist**', 'Trust river'],
    ['/customers/maren.holm', '**/v1/complaints**', 'Trust over time'],
  ])(
    '%s, of which %s is missing: the page shows all others, and it again once it is answered',
    async (path, missing, other) => {
      const { page, offences, close } = await openPage(browser, system.url);
      await page.clock.install();
      await page.route(missing, (route) => route.fulfill({ status: 502, contentType: 'text/html', body: HTML }));
      await page.goto(path);
      await page.getByRole('heading', { name: other }).waitFor();
      await page.getByRole('alert').first().waitFor();
      await page.unroute(missing);
      await page.clock.runFor(40_000);
      await expect.poll(() => page.getByRole('alert').count()).toBe(0);
      expect(offences).toEqual([]);
      await close();
    },
  );

  test.each([1, -1])(
    'a clock of the device that is %s day off changes no figure, no period and no "ago"',
    async (days) => {
      const right = Date.parse('2026-03-14T10:20:30Z');
      const [asIs, off] = [await shownAt(right), await shownAt(right + days * 86_400_000)];
      expect(off).toEqual(asIs);
    },
  );

  /** Texts of pages, and what they ask, while the device's clock stands at an instant. */
  async function shownAt(time: number): Promise<unknown> {
    const { page, offences, close } = await openPage(browser, system.url);
    await page.clock.install({ time });
    const date = new Date('2026-03-14T10:20:30Z').toUTCString();
    await page.route('**/v1/**', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, headers: { ...answer.headers(), date } });
    });
    const asked = new Set<string>();
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.startsWith('/v1/')) asked.add(pathname + search);
    });
    const texts = [];
    for (const path of ['/', '/journeys/order-19221', '/customers/maren.holm', '/promises']) {
      await page.goto(path);
      texts.push(await drawnText(page));
    }
    expect(offences).toEqual([]);
    await close();
    return { texts, asked: [...asked].sort() };
  }
});

/** The text of a page once nothing is loading any more. */
async function drawnText(page: Page): Promise<string> {
  await page.waitForLoadState('networkidle');
  await drawn(page);
  return (await page.locator('main').textContent()) ?? '';
}
