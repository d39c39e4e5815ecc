import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rejectionCodes } from '@touchstone/api';
import { type ConfigError, problemCodes, readConfig } from '@touchstone/runtime';
import { expect, test } from 'vitest';
import { sourceFiles } from './source-files.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const file = resolve(ROOT, 'docs/limits.md');

interface Row {
  readonly what: string;
  readonly setting: string | undefined;
  /** The limit as the page writes it. */
  readonly limit: string;
  readonly constant: { readonly name: string; readonly module: string } | undefined;
  readonly beyond: string;
}

const rows = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, what]) => what !== 'What' && !what!.startsWith('---'))
  .map(([, what, setting, limit, constant, beyond]): Row => {
    const link = /^\[`([\w.]+)`\]\(\.\.\/(.+)\)$/.exec(constant!);
    return {
      what: what!,
      setting: /^`(\w+)`$/.exec(setting!)?.[1],
      limit: limit!,
      constant: link === null ? undefined : { name: link[1]!, module: link[2]! },
      beyond: beyond!,
    };
  });

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, s: 1000 };

/** The limit as a number: in bytes, in ms, or as written. */
function measureOf(limit: string): number {
  const [figure, unit] = limit.split(' ') as [string, string?];
  return Number(figure.replaceAll(',', '')) * (unit === undefined ? 1 : UNITS[unit]!);
}

test('the page has a table', () => {
  expect(rows.length).toBeGreaterThan(30);
});

test.each(rows.filter(({ constant }) => constant !== undefined))('$what: $limit', async ({ constant, limit }) => {
  const module = (await import(resolve(ROOT, constant!.module))) as Readonly<Record<string, unknown>>;
  const value = constant!.name.split('.').reduce<unknown>((of, name) => (of as typeof module)[name], module);
  expect(value).toBe(measureOf(limit));
});

test.each(rows.filter(({ setting }) => setting !== undefined))('$setting is a setting', ({ setting }) => {
  let mistakes: readonly string[] = [];
  try {
    readConfig({ [setting!]: 'no such value' });
  } catch (error) {
    mistakes = (error as ConfigError).mistakes.map(({ variable }) => variable);
  }
  expect(mistakes).toEqual([setting]);
});

test('every code that the page names is one of the API', () => {
  const codes = new Set([...Object.keys(problemCodes), ...Object.keys(rejectionCodes)]);
  const named = rows.flatMap(({ beyond }) => [...beyond.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!));
  expect(named.filter((code) => !codes.has(code) && !code.startsWith('touchstone_'))).toEqual([]);
  expect(named.length).toBeGreaterThan(15);
});

test('every limit that the code exports is on the page', () => {
  const onPage = new Set(rows.map(({ constant }) => `${constant?.module} ${constant?.name}`));
  const exported = sourceFiles
    .filter((path) => path.endsWith('.ts') && !/^[^/]*\/[^/]*(?:cli|dashboard)/.test(path))
    .flatMap((path) =>
      [...readFileSync(resolve(ROOT, path), 'utf8').matchAll(/^export const (\w*_MAX(?:_\w+)?) =/gm)].map(
        ([, name]) => `${path} ${name}`,
      ),
    );
  expect(exported.filter((limit) => !onPage.has(limit))).toEqual([]);
});
