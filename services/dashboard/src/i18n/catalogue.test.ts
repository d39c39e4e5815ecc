import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes } from '@touchstone/api/problem';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

type Words = { readonly [key: string]: string | Words };

/** Every text of a catalogue by its whole key; of plural forms, the one for many. */
function textsOf(words: Words, before = ''): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(words).flatMap(([key, value]) => {
      if (typeof value !== 'string') return [...textsOf(value, `${before}${key}.`)];
      return key.endsWith('_one') ? [] : [[`${before}${key}`, value] as const];
    }),
  );
}

/** Names in braces and elements, with which a text is filled in. */
const partsOf = (text: string): readonly string[] => (text.match(/\{\{\w+|<\w+/g) ?? []).sort();

test('both languages have the same words, filled in with the same', () => {
  const [english, chinese] = [textsOf(en), textsOf(zh as unknown as Words)];
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) {
    expect({ key, parts: partsOf(chinese.get(key) ?? '') }).toEqual({ key, parts: partsOf(text) });
  }
});

test('a plural has its form for one in English', () => {
  const keys = new Set(Object.values(en).flatMap((words) => Object.keys(words)));
  for (const key of keys) if (key.endsWith('_other')) expect(keys).toContain(key.replace(/_other$/, '_one'));
});

test('every problem of the API has its words', () => {
  expect(Object.keys(en.problemCode).sort()).toEqual(Object.keys(problemCodes).sort());
});

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Attributes whose text people read. */
const READ = new Set([
  'title',
  'aria-label',
  'aria-valuetext',
  'placeholder',
  'alt',
  'label',
  'name',
  'note',
  'heading',
]);
/** The product's name, and keys of a keyboard. */
const NAMES = /^(Touchstone|⌘K|Ctrl K|=)$/;
const isWord = (text: unknown): text is string =>
  typeof text === 'string' && /\p{L}{2}/u.test(text.trim()) && !NAMES.test(text.trim());

/** Words in the elements of a file that do not come from the catalogue. */
function strayIn(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) for (const each of node) strayIn(each, found);
  if (typeof node !== 'object' || node === null || !('type' in node)) return found;
  const { type, ...fields } = node as Node;
  if (type === 'JSXText' && isWord(fields.value)) found.push(fields.value.trim());
  if (type === 'JSXAttribute') {
    const { name } = fields.name as { name: unknown };
    const value = fields.value as { type?: string; value?: unknown } | null;
    const isRead = READ.has(String(name)) && !isNameOfField(fields, String(name));
    if (isRead && value?.type === 'Literal' && isWord(value.value)) found.push(`${name}="${value.value}"`);
  }
  for (const value of Object.values(fields)) if (typeof value === 'object') strayIn(value, found);
  return found;
}

/** `name` is read where it is a tile's, and is none of a field. */
const isNameOfField = (fields: Readonly<Record<string, unknown>>, name: string): boolean =>
  name === 'name' && /^[a-z]/.test(String((fields.value as { value?: unknown } | null)?.value));

test('no word of the page stands outside of the catalogue', () => {
  const source = join(import.meta.dirname, '..');
  const files = readdirSync(source, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.tsx') && !file.endsWith('gallery.tsx'));
  expect(files.length).toBeGreaterThan(20);
  const stray = files.flatMap((file) => {
    const tree = parseAst(readFileSync(join(source, file), 'utf8'), { lang: 'tsx' });
    return strayIn(tree).map((text) => `${file}: ${text}`);
  });
  expect(stray).toEqual([]);
});
