import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** The page of a browser, of either driver. */
interface Drawing {
  /** Runs an expression in the page. */
  evaluate(expression: string): Promise<unknown>;
}

const isDrawn = `document.querySelector('h1')?.checkVisibility() === true && document.querySelector('.loading') === null`;

/** Pixels by which a page is wider than its window, as an expression that runs in it. */
export const tooWideBy = 'document.documentElement.scrollWidth - innerWidth';

/** Resolves once a page has its heading and nothing in it is loading any more. */
export async function drawn(page: Drawing, what = 'the page', timeout = 30_000): Promise<void> {
  await expect.poll(() => page.evaluate(isDrawn), { message: `${what} is drawn`, timeout }).toBe(true);
}

/** Expects that a page is as wide as its window, once its drawings have followed a change of it. */
export async function fits(page: Drawing, what = 'the page'): Promise<void> {
  await expect.poll(() => page.evaluate(tooWideBy), { message: `${what} fits`, timeout: 5000 }).toBeLessThanOrEqual(0);
}

/** How many rows the list of a page says that it has so far; the page is in English. */
export async function listed(page: Page): Promise<number> {
  const said = page.locator('.list-count').or(page.getByText('Nothing here')).first();
  return Number((await said.textContent())?.match(/[\d,]+/)?.[0].replaceAll(',', '') ?? 0);
}
