import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds in the page as it stands: each breach of a rule with the element that breaks it. */
export async function faultsForEveryone(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as axe.Result[];
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
