import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, root } from './source-files.ts';

const PATH = /^(?:packages|services|test|docs|infra)\/[\w./-]+$/;

interface Step {
  /** The file that is edited. */
  readonly file: string;
  readonly files: readonly string[];
  /** Symbols that the step names; each stands in one of its files. */
  readonly symbols: readonly string[];
}

const pages = readdirSync(`${root}docs/how-to`).map((name) => {
  const text = readFileSync(`${root}docs/how-to/${name}`, 'utf8');
  return { name, text, steps: stepsOf(text) };
});

/** A step is an item of a list that begins with a file; its lines go on indented. */
function stepsOf(text: string): Step[] {
  const items = text.matchAll(/^(?:\d+\.|-) .*(?:\n +.*)*/gm);
  return [...items].flatMap(([item]) => {
    const spans = Array.from(item.matchAll(/`([^`]+)`/g), ([, span]) => span!);
    const files = spans.filter((span) => PATH.test(span));
    if (!/^(?:\d+\.|-) `(?:packages|services|test)\//.test(item)) return [];
    return [{ file: files[0]!, files, symbols: spans.filter((span) => !PATH.test(span)) }];
  });
}

/** The numbered steps alone: these are the files that the example consists of. */
const filesToEdit = (text: string) => Array.from(text.matchAll(/^\d+\. `([^`]+)`/gm), ([, file]) => file!);

/** Whether a line of the file that is no comment matches. */
function hasExample(path: string, pattern: RegExp): boolean {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  return lines.some((line) => pattern.test(line) && !/^\s*(?:\/\*|\*|\/\/|-- )/.test(line));
}

test.each(pages)('every file that $name names is there, and holds what the page names of it', ({ text, steps }) => {
  const named = Array.from(text.matchAll(/`([^`]+)`/g), ([, span]) => span!).filter((span) => PATH.test(span));
  expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
  expect(steps.length).toBeGreaterThan(5);
  const unheld = steps.flatMap(({ files, symbols }) => {
    const contents = files.map((file) => readFileSync(root + file, 'utf8')).join('\n');
    return symbols.filter((symbol) => !contents.includes(symbol)).map((symbol) => `${files[0]}: ${symbol}`);
  });
  expect(unheld).toEqual([]);
});

test.each(pages)('the numbered steps of $name are the files of its example, all of them', ({ text }) => {
  const [, , pattern, where] = /git grep -lE (['"])(.+)\1 -- (.+)/.exec(text)!;
  const folders = where!.split(' ').filter((word) => /^[a-z]/.test(word));
  const withTests = !where!.includes(':!*.test.ts');
  const found = folders
    .flatMap(filesUnder)
    .filter((path) => /\.(?:tsx?|sql|json)$/.test(path) && path !== 'test/architecture/how-to.test.ts')
    .filter((path) => withTests || !path.endsWith('.test.ts'))
    .filter((path) => hasExample(path, new RegExp(pattern!)));
  expect(filesToEdit(text).toSorted()).toEqual(found.toSorted());
});
