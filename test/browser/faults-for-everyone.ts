import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Findings of axe in the page as it is: each violated rule with the offending element. */
export async function faultsForEveryone(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as axe.Result[];
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
