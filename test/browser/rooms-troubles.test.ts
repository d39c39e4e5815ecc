import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { problem } from './canned-answers.ts';
import { withRooms } from './canned-rooms.ts';
import { type Answers, type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchChromium, openPage } from './chromium.ts';

const describeWithChromium = await describeWith('chromium');

const FRAME = /^\/(?:v1\/(?:clock|definitions|session|me|views|annotations|position)|readyz)$/;
/** The frame is answered as ever, and all else so. */
const only =
  (answer: ReturnType<Answers>): Answers =>
  (url, ...request) =>
    FRAME.test(url.pathname) ? withRooms(url, ...request) : answer;

const nothing = { rows: [], items: [], nextCursor: null, buckets: [], cohorts: [], stages: [], cases: 0, tests: 0 };
const PATHS = [
  '/touchpoints',
  '/touchpoints?view=objectives',
  '/touchpoints?view=alerts',
  '/touchpoints?view=moments',
  '/promises?view=keeping',
  '/promises?view=answering',
  '/promises?view=recovery',
  '/drivers',
  '/drivers?view=importance',
  '/drivers?view=rater',
  '/drivers?view=gaps',
  '/drivers?view=benchmarks',
  '/customers?list=stages',
  '/customers?list=retention',
  '/customers?list=stays',
];

describeWithChromium('The rooms of the dashboard', () => {
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

  test.each(PATHS)('%s says what is wrong, and what to do, when its questions fail', async (path) => {
    const { page, offences, close } = await openPage(browser, system.url);
    system.answer(only(problem(400, 'Too much', 'The answer has more than 10,000 rows.', 'too_much')));
    await page.goto(path);
    const alert = page.getByRole('alert').first();
    await alert.getByText('The answer has more than 10,000 rows.').waitFor();
    await alert.getByRole('button', { name: 'Try again' }).waitFor();
    expect(offences).toEqual([]);
    await close();
  });

  test.each(PATHS)('%s says so when there is nothing', async (path) => {
    const { page, offences, close } = await openPage(browser, system.url);
    system.answer(only([200, nothing]));
    await page.goto(path);
    await page.locator('.empty, .river-short').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(offences).toEqual([]);
    await close();
  });

  test('a stream that is refused is said, and tried again by hand', async () => {
    const { page, close } = await openPage(browser, system.url);
    const refused = problem(503, 'Unavailable', 'There are 100 streams.', 'overloaded');
    system.answer((url, ...request) => (url.pathname === '/v1/live' ? refused : withRooms(url, ...request)));
    await page.goto('/touchpoints?view=live');
    await page.getByText(/The stream was refused/).waitFor();
    system.answer(withRooms);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: 'c-1', exact: true }).waitFor();
    // A name that would do harm is text, and an event that cannot be read stops nothing.
    await page.getByText('<img src=x').waitFor();
    expect(await page.locator('main img').count()).toBe(0);
    await close();
  });
});
