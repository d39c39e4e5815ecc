import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { emptyOverview, fromRows, healthy, position, problem } from './canned-answers.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage, type Watched } from './chromium.ts';
import { faultsForEveryone } from './faults-for-everyone.ts';
import { keyed } from './keyed-system.ts';

const describeWithChromium = await describeWith('chromium');

/** A healthy system enters none of these states on demand, so its answers are canned. */
describeWithChromium('The dashboard when the system is in trouble', () => {
  let browser: Browser;
  let system: CannedSystem;
  let watched: Watched;
  let page: Page;
  const enterKey = async (key: string, within: Pick<Page, 'getByRole'> = page) => {
    await within.getByRole('textbox', { name: 'Key' }).fill(key);
    await page.keyboard.press('Enter');
  };

  beforeAll(async () => {
    await buildIfStale();
    browser = await launchChromium();
  });
  beforeEach(async () => {
    system = await startCannedSystem(healthy);
    watched = await openPage(browser, system.url);
    page = watched.page;
  });
  afterEach(async () => {
    await watched.close();
    await system.close();
    expect(watched.offences).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('an empty system says how to publish the first event', async () => {
    system.answer((url) => (url.pathname === '/v1/overview' ? [200, emptyOverview] : healthy(url)));
    await page.goto('/');
    await page.getByRole('heading', { name: 'Nothing has been published yet' }).waitFor();
    expect(await page.locator('pre').first().textContent()).toContain(`curl ${system.url}/v1/events`);
  });

  test('a system that never answered is told from an empty one, and the page goes on by itself once it answers', async () => {
    await page.clock.install();
    system.answer((url) =>
      url.pathname === '/v1/overview'
        ? problem(503, 'Unavailable', 'The read model is 40 s behind.', 'lagging')
        : healthy(url),
    );
    await page.goto('/');
    await page.getByText('The read model is 40 s behind.').waitFor();
    system.answer(healthy);
    await page.clock.fastForward(20_000);
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
  });

  test('figures that can no longer be refreshed stay, and say that they are old', async () => {
    await page.clock.install();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.route('**/v1/**', (route) => route.abort());
    await page.clock.fastForward(6000);
    await page.getByText('These figures are no longer refreshed.').first().waitFor();
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.unroute('**/v1/**');
    await page.clock.runFor(40_000);
    await expect
      .poll(() => page.getByText('These figures are no longer refreshed.').count(), { timeout: 20_000 })
      .toBe(0);
  });

  test('a system that hangs is told within ten seconds: figures from when, no claim that all is accounted for', async () => {
    await page.clock.install({ time: new Date('2026-03-14T10:20:30Z') });
    await page.goto('/');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.getByText('Every accepted event is accounted for.').waitFor();
    system.answer(() => 'never');
    await page.clock.runFor(10_000);
    await page
      .getByText(/These figures are no longer refreshed. They are from 10:20:3\d UTC/)
      .first()
      .waitFor();
    await page.getByText(/Not known now: the system does not answer. This was its position at 10:20:3\d UTC/).waitFor();
    expect(await page.getByText('Every accepted event is accounted for.').count()).toBe(0);
    system.answer(healthy);
    await page.clock.runFor(60_000);
    await page.getByText('Every accepted event is accounted for.').waitFor();
    await expect.poll(() => page.getByText('no longer refreshed').count(), { timeout: 20_000 }).toBe(0);
  });

  test('a filter that is changed while the system hangs says that it was not applied', async () => {
    await page.clock.install();
    await page.goto('/');
    const rates = page.getByRole('region', { name: 'Failure rate by touchpoint', exact: true });
    await rates.getByRole('row', { name: /payment/ }).waitFor();
    const journeys = page.getByRole('region', { name: 'Lowest scoring open journeys', exact: true });
    await journeys.getByRole('link', { name: 'order-20931' }).waitFor();
    system.answer(() => 'never');
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await page.getByRole('radio', { name: 'Last 30 days' }).check();
    await page.clock.runFor(10_000);
    await rates.getByText('Your last choice was not applied.').waitFor();
    await journeys.getByText('Your last choice was not applied.').waitFor();
    system.answer(healthy);
    await page.clock.runFor(90_000);
    await rates.getByText('Your last choice was not applied.').waitFor({ state: 'detached' });
    await journeys.getByText('Your last choice was not applied.').waitFor({ state: 'detached' });
  });

  for (const [what, path, name] of [
    ['journey', '/journeys/order-19221', 'order-19221'],
    ['customer', '/customers/maren.holm', 'maren.holm'],
  ] as const) {
    test(`the page of a ${what} follows what happens, says that it is old, and goes on by itself`, async () => {
      await page.clock.install();
      system.answer(() => problem(503, 'Unavailable', 'The read model is 40 s behind.', 'lagging'));
      await page.goto(path);
      await page.getByText('The page goes on by itself').or(page.getByText('It usually answers again')).waitFor();
      system.answer(healthy);
      await page.clock.runFor(40_000);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      system.answer((url) => {
        const canned = healthy(url);
        if (canned === 'never' || url.pathname !== `/v1${path}`) return canned;
        return [200, { ...(canned[1] as object), failures: 77, delights: 77 }];
      });
      await page.clock.runFor(6000);
      await page.locator('.facts').getByText('77').waitFor();
      system.answer(() => 'never');
      await page.clock.runFor(10_000);
      await page.getByText('These figures are no longer refreshed.').first().waitFor();
      await page.getByRole('heading', { level: 1, name }).waitFor();
    });
  }

  for (const [what, path, name, ofLogAlone, ofRows] of [
    ['journey', '/journeys/order-19221', 'order-19221', 'Timeline', null],
    ['customer', '/customers/maren.holm', 'maren.holm', 'Missing for behavioural', 'Trust over time'],
  ] as const) {
    test(`the page of a ${what} shows what rows know while the log is away, says since when the history is whole, and is whole again once the log is back`, async () => {
      await page.clock.install();
      const isOfLog = page.getByRole('heading', { name: ofLogAlone, exact: false });
      system.answer(fromRows(`/v1${path}`));
      await page.goto(path);
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.getByText(/The log is away\..*fell due before 10:20:00 UTC/).waitFor();
      await page.getByText(/The beginning of this history is missing\..*stored since/).waitFor();
      if (ofRows !== null) await page.getByRole('heading', { name: ofRows }).waitFor();
      expect(await isOfLog.count()).toBe(0);
      system.answer(healthy);
      await page.clock.runFor(6000);
      await isOfLog.first().waitFor();
      expect(await page.getByText('The log is away.').count()).toBe(0);
    });
  }

  test('a customer who was deleted for good has a page that says so', async () => {
    const detail = 'The customer maren.holm was deleted for good in the event store.';
    system.answer(() => problem(410, 'Gone', detail, 'customer_erased'));
    await page.goto('/customers/maren.holm');
    await page.getByText('Deleted for good', { exact: true }).waitFor();
    await page.getByText(detail).waitFor();
  });

  test('a search while the system hangs ends, and says so', async () => {
    await page.clock.install();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    system.answer(() => 'never');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('order-19221');
    await page.clock.runFor(300);
    await page.getByText('Searching…').waitFor();
    await page.clock.runFor(9000);
    await page.getByRole('dialog').getByText('The system has not answered for 8 s.').waitFor();
  });

  test('a journey whose drawing cannot be loaded has its figures all the same', async () => {
    await page.route('**/assets/chart-*.js', (route) => route.abort());
    await page.goto('/journeys/order-19221');
    await page.getByText('The drawing could not be loaded.').waitFor();
    await page.getByRole('table', { name: /How the score came about/ }).waitFor();
  });

  test('a hidden page asks nothing, and asks at once when it is seen again', async () => {
    await page.clock.install();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.waitForLoadState('networkidle');
    let asked = 0;
    page.on('request', () => {
      asked += 1;
    });
    await page.evaluate(seenAs('hidden'));
    await page.clock.fastForward(120_000);
    expect(asked).toBe(0);
    const again = page.waitForRequest('**/v1/overview');
    await page.evaluate(seenAs('visible'));
    await again;
  });

  test('events that are missing at rest are an alarm, and events on their way are not', async () => {
    let now: object = { ...position, stored: 47_902, projectedEvents: 47_890, projected: '48201', lagMs: 1200 };
    await page.clock.install();
    system.answer((url) => (url.pathname === '/v1/position' ? [200, now] : healthy(url)));
    await page.goto('/');
    await page.getByText('Catching up: 12 to go.').waitFor();
    now = { ...position, projectedEvents: 47_890 };
    await page.clock.fastForward(6000);
    await page.getByText('It does not add up.').waitFor();
  });

  test('what the system finds wrong with itself stands on the page in its words, with the customer and the field', async () => {
    const message =
      'found rows that were not as the log makes them: score of journeys o1 of customer ada is 7; the log makes it 8';
    const found = { name: 'audit', status: 'failing', message };
    const failing = { status: 'ready', checks: [{ name: 'event store', status: 'ok' }, found] };
    system.answer((url) => (url.pathname === '/readyz' ? [200, failing] : healthy(url)));
    await page.goto('/');
    const told = page.getByRole('region', { name: 'What does not work' });
    await told.getByText(message).waitFor();
    expect(await told.getByRole('listitem').count()).toBe(1);
  });

  test('where keys are in force the page trades one for a cookie, keeps nothing of it, and signs out', async () => {
    const keys = keyed();
    system.answer(keys.answer);
    await page.goto('/');
    await enterKey('wrong');
    await page.getByText('That key was not accepted.').waitFor();
    await enterKey('right');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    const kept = 'document.cookie + JSON.stringify({ ...sessionStorage, ...localStorage })';
    expect(await page.evaluate(kept)).not.toMatch(/right|wrong|key/);
    await page.getByRole('button', { name: 'Signed in as reader' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'This system wants a key' }).waitFor();
    expect(await page.locator('.river-panel').count()).toBe(0);
    await page.reload();
    await page.getByRole('heading', { name: 'This system wants a key' }).waitFor();
    expect(keys.headersSeen).toEqual(new Set([undefined]));
  });

  test('a key that ends in mid-session is asked for again above the page, which stays where it was', async () => {
    const keys = keyed();
    system.answer(keys.answer);
    await page.clock.install();
    await page.goto('/journeys/order-19221?customerId=c-19221');
    await enterKey('right');
    const last = page.locator('.timeline > li').last();
    await last.scrollIntoViewIfNeeded();
    const left = await page.evaluate('scrollY');
    expect(left).toBeGreaterThan(100);
    keys.revoke();
    await page.clock.runFor(6000);
    const asked = page.getByRole('dialog', { name: 'Sign in again' });
    await asked.waitFor();
    expect(await faultsForEveryone(page)).toEqual([]);
    await page.keyboard.press('Escape');
    keys.put('another');
    await enterKey('another', asked);
    await asked.waitFor({ state: 'detached' });
    expect(await page.evaluate('scrollY')).toBe(left);
    expect(new URL(page.url()).search).toBe('?customerId=c-19221');
    const again = page.waitForResponse((response) => response.url().includes('/v1/journeys/') && response.ok());
    await page.clock.runFor(6000);
    await again;
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  test.each(['signed out', 'whose key ended'])('a caller who may not read sees nothing of one %s', async (before) => {
    const keys = keyed();
    system.answer(keys.answer);
    await page.clock.install();
    await page.goto('/');
    await enterKey('right');
    await page.getByRole('heading', { name: 'Trust river' }).waitFor();
    await page.getByRole('button', { name: 'Signed in as reader' }).waitFor();
    if (before === 'signed out') {
      await page.getByRole('button', { name: 'Signed in as reader' }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'This system wants a key' }).waitFor();
    } else {
      keys.revoke();
      await page.clock.runFor(6000);
      await page.getByRole('dialog', { name: 'Sign in again' }).waitFor();
    }
    keys.put('till', { name: 'till-1', scopes: ['publish'] });
    await enterKey('till');
    await page.getByRole('button', { name: 'Signed in as till-1' }).waitFor();
    await page.getByText('The key till-1 may not read.').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Trust river' }).count()).toBe(0);
    expect(await page.getByText('order-19221').count()).toBe(0);
  });

  test('what was being typed when the key ended is still there after signing in again', async () => {
    const keys = keyed();
    system.answer(keys.answer);
    await page.clock.install();
    await page.goto('/');
    await enterKey('right');
    await page.getByRole('button', { name: 'Marks' }).click();
    await page.getByLabel('What happened').fill('release 4.3');
    keys.revoke();
    await page.clock.runFor(6000);
    const asked = page.getByRole('dialog', { name: 'Sign in again' });
    await asked.waitFor();
    keys.put('another');
    await enterKey('another', asked);
    await asked.waitFor({ state: 'detached' });
    expect(await page.getByLabel('What happened').inputValue()).toBe('release 4.3');
  });

  test('a browser that keeps no cookies is told so, and not that its key is wrong', async () => {
    system.answer((url, request, sent) => {
      const [status, body] = keyed().answer(url, request, sent) as [number, unknown];
      return [status, body];
    });
    await page.goto('/');
    await enterKey('right');
    await page.getByText('the browser kept no cookie').waitFor();
  });

  test('a key that may not read is told what it lacks', async () => {
    system.answer(() =>
      problem(403, 'Forbidden', 'The key till-1 has the scopes publish; this needs read.', 'forbidden'),
    );
    await page.goto('/customers/maren.holm');
    await page.getByText('The key till-1 has the scopes publish; this needs read.').waitFor();
  });

  test('an answer that the page cannot draw ends in a page that says so', async () => {
    system.answer((url) => (url.pathname === '/v1/overview' ? [200, { now: null }] : healthy(url)));
    await page.goto('/');
    await page.getByRole('heading', { name: 'This page could not be drawn' }).waitFor();
    // The console shows this error on purpose.
    (watched.offences as string[]).length = 0;
  });

  test('a journey without a score, and a customer who never moved, have something to say', async () => {
    system.answer((url) => {
      const canned = healthy(new URL(url.pathname.replace(/nothing$/, 'order-19221'), url));
      if (canned === 'never' || url.pathname === '/v1/definitions') return canned;
      const [status, body] = canned;
      const otherMoments = { count: 0, points: 0 };
      const explanation = { moments: [], otherMoments, adjustments: [], cap: null, score: null, whatIf: [] };
      return [status, { ...(body as object), score: null, level: null, explanation, timeline: [], history: [] }];
    });
    await page.goto('/journeys/nothing');
    await page.getByText('Nothing is scored yet').waitFor();
    await page.goto('/customers/maren.holm');
    await page.getByText('This customer has not moved yet').waitFor();
  });
});

function seenAs(state: 'hidden' | 'visible'): string {
  return `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));`;
}
