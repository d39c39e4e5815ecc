import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why the browser tests cannot run here; undefined if they can. With CI=true there is no excuse: it throws. */
export function whyNoChromium(): string | undefined {
  if (existsSync(executablePath)) return undefined;
  const reason = `no Chromium at ${executablePath}; set CHROMIUM_PATH`;
  if (process.env.CI === 'true') throw new Error(`The browser tests must run here, but there is ${reason}.`);
  return reason;
}

/** Title of a suite that says why it is skipped, where it is. */
export function titled(title: string): string {
  const reason = whyNoChromium();
  return reason === undefined ? title : `${title} (skipped: ${reason})`;
}

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
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
  /** What the page did that it must never do: a request to elsewhere, an error in the console, a breach of the CSP. */
  readonly offences: readonly string[];
  close(): Promise<void>;
}

/** A page in a context of its own, still (no animation) and in UTC, that is watched from its first request on. */
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
    // Chromium reports each answer of 400 and above itself; how the page shows it is what is tested.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      offences.push(`console ${message.text()}`);
    }
  });
  return { page, offences, close: () => context.close() };
}
