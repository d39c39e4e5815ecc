import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { root, sourceFiles } from './source-files.ts';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['docs', 'infra', 'packages', 'services', 'test'].flatMap(pagesUnder),
];

/** Pages in a folder and below, from the root. */
function pagesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(?:node_modules|dist)$/.test(entry.name) ? [] : pagesUnder(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** `infra/compose/make-secrets.sh` writes these. */
const isMade = (path: string) => /^infra\/compose\/(?:secrets\/|\.env$)/.test(path);

/** Files that a page names in code, such as `services/query/src/asker.ts`. */
function filesNamed(text: string): string[] {
  return [...text.matchAll(/`((?:packages|services|test|infra|docs|\.vscode)\/[\w./-]+)`/g)].map(([, path]) => path!);
}

/** Files that a page links to, relative to its own folder. */
function filesLinked(page: string, text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => join(dirname(page), path!));
}

test.each(pages)('every file that %s names or links to is there', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...filesNamed(text), ...filesLinked(page, text)].filter((path) => !isMade(path));
  const missing = named.filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test('the walks through the code have at most ten stops, and each names a file', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const walks = text.split('\n## ').filter((section) => section.startsWith('From `'));
  expect(walks).toHaveLength(2);
  for (const walk of walks) {
    const stops = walk.split('\n').filter((line) => /^\d+\. /.test(line));
    expect(stops.length).toBeGreaterThan(4);
    expect(stops.length).toBeLessThanOrEqual(10);
    expect(stops.filter((stop) => !/^\d+\. `[\w./-]+\.ts`: /.test(stop))).toEqual([]);
  }
});

test('every thread that is started is in the table of threads', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const started = sourceFiles.flatMap((path) => {
    const named = readFileSync(join(root, path), 'utf8').matchAll(
      /new URL\('((?:\.\/)?[\w-]+-thread\.ts)', import\.meta\.url\)/g,
    );
    return Array.from(named, ([, file]) => join(dirname(path), file!));
  });
  expect(started.length).toBeGreaterThan(4);
  expect(started.filter((path) => !text.includes(path))).toEqual([]);
});

test.each(['README.md', 'docs/architecture.md'])('every package is in the map of %s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  expect(packages.filter((path) => !text.includes(`\`${path}\``))).toEqual([]);
});
