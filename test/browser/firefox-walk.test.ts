import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildIfStale } from '../../services/dashboard/build-if-stale.ts';
import { describeWith } from '../servers-here/describe-with.ts';
import { withRooms } from './canned-rooms.ts';
import { type CannedSystem, startCannedSystem } from './canned-system.ts';
import { launchFirefox, openInFirefox } from './firefox.ts';
import { LANGUAGES, walkEveryPage } from './walk.ts';

const describeWithFirefox = await describeWith('firefox');

/** Chromium walks all four; here each theme and each language comes once. */
const COMBINATIONS = [
  ['en-GB', 'light'],
  ['zh-CN', 'dark'],
] as const;

describeWithFirefox('Every page of the dashboard in Firefox', () => {
  let system: CannedSystem;

  beforeAll(async () => {
    await buildIfStale();
    system = await startCannedSystem(withRooms);
  });
  afterAll(() => system?.close());

  test.each(COMBINATIONS)(
    'is sound by the rules of axe and fits a desk, a tablet and a phone in %s (%s)',
    async (locale, colorScheme) => {
      const browser = await launchFirefox(locale, colorScheme);
      try {
        const { page, offences } = await openInFirefox(browser);
        const walked = {
          goto: (path: string) => page.goto(system.url + path),
          evaluate: (expression: string) => page.evaluate(expression),
          resize: (width: number) => page.setViewport({ width, height: 900 }),
          press: (key: 'Tab') => page.keyboard.press(key),
          picture: (file: string) => page.screenshot({ path: file as `${string}.png`, fullPage: true }),
        };
        await walkEveryPage(walked, {
          title: LANGUAGES[locale],
          // The walk in Chromium presses the keys.
          isByKeyboard: false,
          name: `${colorScheme}-${locale}-firefox`,
        });
        expect(offences).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    1_200_000,
  );
});
