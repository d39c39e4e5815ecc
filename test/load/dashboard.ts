import type { Browser, CDPSession, Page } from 'playwright-core';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { healthy, withJourneys, withMoments } from '../browser/canned-answers.ts';
import { largePaths } from '../browser/canned-journeys.ts';
import { type Answers, startCannedSystem } from '../browser/canned-system.ts';
import { launchChromium, openPage, whyNoChromium } from '../browser/chromium.ts';
import { type BenchRow, figure } from './measure.ts';

const JOURNEYS = Number(process.env.DASHBOARD_JOURNEYS ?? 100_000);
const MOMENTS = Number(process.env.DASHBOARD_MOMENTS ?? 50_000);
const TOUCHPOINTS = 200;
const REFRESHES = Number(process.env.DASHBOARD_REFRESHES ?? 200);
/** Until then the page still fills its caches, and code is still compiled. */
const WARM_REFRESHES = 20;
const REFRESH_MS = 5_000;
const PATIENCE_MS = 600_000;

/**
 * Measures the page's own share in a real Chromium: what it does with answers that are there at
 * once. A system under load is measured by `pnpm bench questions`.
 */
export async function benchDashboard(): Promise<BenchRow[]> {
  const reason = await whyNoChromium();
  if (reason !== null) throw new Error(`pnpm bench dashboard needs Chromium: ${reason}`);
  await buildIfStale();
  const browser = await launchChromium();
  try {
    return [
      ...(await onPage(browser, healthy, firstFigure)),
      ...(await onPage(browser, withJourneys(JOURNEYS), scrollJourneys)),
      ...(await onPage(browser, withMoments(MOMENTS), openMoments)),
      ...(await onPage(browser, withPaths, layOutMap)),
      ...(await onPage(browser, healthy, refreshOften)),
    ];
  } finally {
    await browser.close();
  }
}

async function onPage(
  browser: Browser,
  answers: Answers,
  measure: (page: Page) => Promise<BenchRow[]>,
): Promise<BenchRow[]> {
  const system = await startCannedSystem(answers);
  const { page, close } = await openPage(browser, system.url);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(noteLongTasks);
  try {
    return await measure(page);
  } finally {
    await close();
    await system.close();
  }
}

/** Notes every task of the main thread of 50 ms and more, as the browser traces them. */
const noteLongTasks = `globalThis.longTasks = [];
new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: 'longtask', buffered: true });`;

const longestTask = async (page: Page): Promise<number> =>
  Number(await page.evaluate('Math.max(0, ...globalThis.longTasks)'));
const forgetTasks = (page: Page) => page.evaluate('globalThis.longTasks.length = 0');

/** Resolves once the expression holds; the page's policy forbids what `waitForFunction` does. */
const becomes = (page: Page, expression: string) =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve() : requestAnimationFrame(look));
    look();
  })`);

async function firstFigure(page: Page): Promise<BenchRow[]> {
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (document.querySelector('main .figure') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => { globalThis.firstFigureAt = performance.now(); });
  }).observe(document, { childList: true, subtree: true });`);
  await page.goto('/');
  await becomes(page, 'globalThis.firstFigureAt !== undefined');
  const ms = Number(
    await page.evaluate(`globalThis.firstFigureAt - performance.getEntriesByType('resource')
      .find(({ name }) => name.endsWith('/v1/overview')).responseEnd`),
  );
  return [figure('the first figure of the overview, after its answer', ms, 'ms', 1000)];
}

async function scrollJourneys(page: Page): Promise<BenchRow[]> {
  await page.goto('/journeys');
  await page.locator('[data-row]').first().waitFor();
  await forgetTasks(page);
  const begun = performance.now();
  const frames = Number(
    await page.evaluate(
      scrollToTheEnd(`document.querySelector('.row-table').getAttribute('aria-rowcount') === '${JOURNEYS + 1}'`),
    ),
  );
  const seconds = (performance.now() - begun) / 1000;
  const loading = await longestTask(page);
  await forgetTasks(page);
  await page.evaluate(scrollUp);
  return [
    figure(`a list of ${JOURNEYS} journeys scrolled while its rows load: longest task`, loading, 'ms', 100),
    figure(`the same scrolled back: longest task`, await longestTask(page), 'ms', 100),
    figure(`the same: time to the last row, in ${frames} frames`, seconds, 's', null),
  ];
}

/** Scrolls to the present end of the page in each frame, until all is there; gives the frames. */
const scrollToTheEnd = (isWhole: string) => `new Promise((resolve) => {
  let frames = 0;
  const step = () => {
    frames++;
    if (${isWhole}) return resolve(frames);
    scrollTo(0, document.documentElement.scrollHeight);
    requestAnimationFrame(step);
  };
  step();
})`;

/** Scrolls from the end to the top in 300 frames. */
const scrollUp = `new Promise((resolve) => {
  const from = scrollY;
  let left = 300;
  const step = () => {
    left--;
    scrollTo(0, (from * left) / 300);
    if (left === 0) return resolve();
    requestAnimationFrame(step);
  };
  step();
})`;

async function openMoments(page: Page): Promise<BenchRow[]> {
  await page.addInitScript(`new MutationObserver((_, observer) => {
    if (document.querySelectorAll('.timeline > li').length < 2) return;
    observer.disconnect();
    requestAnimationFrame(() => { globalThis.entriesAt = performance.now(); });
  }).observe(document, { childList: true, subtree: true });`);
  await page.goto('/journeys/long');
  await becomes(page, 'globalThis.entriesAt !== undefined');
  const opened = Number(await page.evaluate('globalThis.entriesAt'));
  await forgetTasks(page);
  await page.evaluate(
    scrollToTheEnd(
      `document.querySelector('.timeline > li:last-child')?.getAttribute('aria-posinset') === '${MOMENTS}'`,
    ),
  );
  return [
    figure(`a journey of ${MOMENTS} moments: from its address to its first entries`, opened, 'ms', 1000),
    figure(`the same scrolled to its end: longest task`, await longestTask(page), 'ms', null),
  ];
}

const withPaths: Answers = (url) => (url.pathname === '/v1/analytics/paths' ? largePaths(TOUCHPOINTS) : healthy(url));

async function layOutMap(page: Page): Promise<BenchRow[]> {
  await page.goto('/journeys?view=funnel&type=order');
  await page.locator('main').waitFor();
  await page.goto(`/journeys?view=paths&type=order&shape=map&nodes=${TOUCHPOINTS}`);
  await becomes(
    page,
    `(({ drawn, pieces } = {}) => drawn !== undefined && drawn === pieces)(
      document.querySelector('.paths-map-box svg')?.dataset)`,
  );
  return [figure(`a map of ${TOUCHPOINTS} touchpoints: longest task of the page`, await longestTask(page), 'ms', 100)];
}

async function refreshOften(page: Page): Promise<BenchRow[]> {
  await page.clock.install();
  await page.goto('/');
  await page.getByRole('heading', { name: 'Trust river' }).waitFor();
  const devtools = await page.context().newCDPSession(page);
  await refresh(page, WARM_REFRESHES);
  const before = await usedMb(devtools);
  await refresh(page, REFRESHES);
  const after = await usedMb(devtools);
  return [
    figure(`memory of the tab after ${REFRESHES} refreshes of the overview, beside before`, after / before, 'x', 1.1),
    figure('the same, after', after, 'MB', null),
  ];
}

async function refresh(page: Page, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    const answered = page.waitForResponse('**/v1/overview');
    await page.clock.runFor(REFRESH_MS);
    await (await answered).finished();
  }
}

/** Memory that JavaScript holds once the garbage is collected. */
async function usedMb(devtools: CDPSession): Promise<number> {
  for (let round = 0; round < 3; round++) await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize / 1e6;
}
