import axe from 'axe-core';

/** A page of any browser, which runs an expression and gives its value. */
interface Evaluating {
  evaluate(expression: string): Promise<unknown>;
}

/** Findings of axe in the page as it is: each violated rule with the offending element. */
export async function faultsForEveryone(page: Evaluating): Promise<readonly string[]> {
  // Half a megabyte, once for a page at all its widths.
  if ((await page.evaluate('typeof globalThis.axe')) === 'undefined') await page.evaluate(`${axe.source}; undefined`);
  const violations = (await page.evaluate(
    `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as axe.Result[];
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
