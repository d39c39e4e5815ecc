import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type LaunchOptions, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** `CHROMIUM_PATH`, or the first Chromium-like browser on the PATH. */
const executablePath =
  process.env.CHROMIUM_PATH ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

/**
 * Why the browser tests cannot run here, or `null`. A browser that is installed but does not start
 * counts as missing.
 */
export async function whyNoChromium(): Promise<string | null> {
  if (executablePath === undefined) return `there is no ${NAMES.join(', ')} on the PATH`;
  if (!existsSync(executablePath)) return `there is none at ${executablePath}`;
  try {
    await (await launchChromium()).close();
    return null;
  } catch (error) {
    return `it does not start: ${(error as Error).message.split('\n')[0]}`;
  }
}

export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    ...options,
    ...(executablePath === undefined ? {} : { executablePath }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Watched {
  readonly page: Page;
  /**
   * Forbidden acts of the page: a request to another origin, an error in the console, a violation
   * of the CSP.
   */
  readonly offences: readonly string[];
  close(): Promise<void>;
}

/**
 * Opens a page in its own context, without animations and in UTC, and watches it from the first
 * request on.
 */
export async function openPage(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({
    baseURL: origin,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const offences: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') offences.push(`request to ${request.url()}`);
  });
  page.on('pageerror', (error) => offences.push(`error ${error.message}`));
  page.on('console', (message) => {
    // Chromium itself logs each answer of 400 and above, which the tests cause on purpose.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      offences.push(`console ${message.text()}`);
    }
  });
  return { page, offences, close: () => context.close() };
}
