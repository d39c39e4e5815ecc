import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

/**
 * The measured figures of the capacity page are in one table; everything else is computed from
 * them.
 */

const page = readFileSync(new URL('../../infra/capacity.md', import.meta.url), 'utf8');

/** Rows of the table under a heading, as trimmed cells; the first row is the header. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(heading));
  const lines = (section ?? '').split('\n').filter((line) => line.startsWith('|') && !/^\|[\s|:-]+$/.test(line));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const figure = (text: string) => (text === '–' ? Number.POSITIVE_INFINITY : Number(text.replaceAll(',', '')));

test('what the capacity page says for each load follows from its inputs', () => {
  const inputs = tableUnder('Inputs').slice(1);
  const known = Object.fromEntries(inputs.map(([name, , value]) => [name!, figure(value!)]));
  const [head, ...rows] = tableUnder('What follows, by load');
  const [, a, b] = /For `a` = ([\d.]+) and `b` = (\d+)/.exec(page)!;

  expect(inputs.length).toBeGreaterThan(10);
  expect(Object.values(known).filter(Number.isNaN)).toEqual([]);
  expect(rows.length).toBeGreaterThan(7);
  for (const [column, load] of head!.entries()) {
    if (!load.startsWith('λ = ')) continue;
    const { ceil, max, min, round } = Math;
    const scope: Record<string, unknown> = { ...known, a: Number(a), b: Number(b), ceil, max, min, round };
    scope.λ = figure(load.slice('λ = '.length));
    for (const row of rows) {
      const [title, formula] = row as [string, string];
      const result: unknown = runInNewContext(formula.replaceAll('`', ''), scope);
      // A row that defines a name, such as `S`, may be used by later rows.
      const name = /, `(\w)`$/.exec(title)?.[1];
      if (name !== undefined) scope[name] = result;
      expect(`${title}, ${load}: ${row[column]}`).toBe(`${title}, ${load}: ${result}`);
    }
  }
});
