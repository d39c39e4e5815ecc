import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { problemCodes } from './problem.ts';

/** The source text of all packages and services, without tests and without the table of codes. */
function sources(): string {
  const root = join(import.meta.dirname, '../../..');
  return ['packages', 'services']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name, 'src')))
    .flatMap((folder) => {
      try {
        return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
      } catch {
        return [];
      }
    })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.test.ts') && !path.endsWith('runtime/src/problem.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

it('every code of a problem in the sources is in the table, and no code of the table is dead', () => {
  const text = sources();
  const used = new Set([...text.matchAll(/new Problem\(\s*'(\w+)'/g)].map(([, code]) => code!));
  expect([...used].filter((code) => !Object.hasOwn(problemCodes, code))).toEqual([]);
  expect(Object.keys(problemCodes).filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

it('no code stands for a success, and each has a title', () => {
  for (const { status, title } of Object.values(problemCodes)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
  }
});
