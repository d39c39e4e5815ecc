import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { firstLine } from '../servers-here/program.ts';

const NAMES = ['firefox-esr', 'firefox'];

/** `FIREFOX_PATH`, or the first Firefox on the PATH. */
const executablePath =
  process.env.FIREFOX_PATH ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

/** Why tests in Firefox cannot run here, or `null`. */
export async function whyNoFirefox(): Promise<string | null> {
  if (executablePath === undefined) return `there is no ${NAMES.join(', ')} on the PATH`;
  try {
    await (await launchFirefox('en-GB', 'light')).close();
    return null;
  } catch (error) {
    return `it does not start: ${firstLine((error as Error).message)}`;
  }
}

/** Sets language and theme for the whole browser: WebDriver BiDi sets neither for a page. */
export function launchFirefox(locale: string, colorScheme: 'light' | 'dark'): Promise<Browser> {
  return launch({
    browser: 'firefox',
    headless: true,
    ...(executablePath === undefined ? {} : { executablePath }),
    env: { ...process.env, TZ: 'UTC' },
    extraPrefsFirefox: {
      'intl.accept_languages': locale,
      'layout.css.prefers-color-scheme.content-override': colorScheme === 'dark' ? 0 : 1,
      'ui.prefersReducedMotion': 1,
    },
  });
}

/** A page that is watched from its first request on. */
export async function openInFirefox(browser: Browser): Promise<{ page: Page; offences: readonly string[] }> {
  const page = await browser.newPage();
  const offences: string[] = [];
  page.on('pageerror', (error) => offences.push(`error ${String(error)}`));
  page.on('console', (message) => {
    if (message.type() === 'error') offences.push(`console ${message.text()}`);
  });
  return { page, offences };
}
