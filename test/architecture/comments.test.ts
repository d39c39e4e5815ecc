import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, root } from './source-files.ts';

/** Holds every comment of the code to the rule of CONTRIBUTING: who does what, and why. */

const files = [
  ...['packages', 'services', 'test'].flatMap(filesUnder),
  ...readdirSync(root).filter((name) => name.endsWith('.ts')),
].filter((file) => /\.tsx?$/.test(file));

interface Comment {
  readonly at: string;
  readonly lines: readonly string[];
  readonly sentences: readonly string[];
}

/** Blocks, and lines of `//` that follow one another and are alone on their line. */
const COMMENT = /^[ \t]*\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/ (?!biome-ignore|@ts-).*\n?)+/gm;

function commentsOf(file: string): Comment[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(COMMENT)].map(({ 0: comment, index }) => {
    const lines = comment.trimEnd().split('\n');
    const words = lines.map((line) => line.replace(/^\s*(\/\*\*|\*\/|\*|\/\/)\s?/, '').replace(/\*\/\s*$/, ''));
    const prose = words
      .join(' ')
      .replace(/\{@link ([^}]*)\}/g, '$1')
      .replace(/`[^`]*`/g, 'code')
      .replace(/\s+/g, ' ')
      .trim();
    const sentences = prose.split(/(?<=[.!?])\s+(?=[A-Z])/).filter((sentence) => sentence !== '');
    return { at: `${file}:${text.slice(0, index).split('\n').length}`, lines, sentences };
  });
}

const comments = files.flatMap(commentsOf);
const placesWhere = (isWrong: (comment: Comment) => boolean) => comments.filter(isWrong).map(({ at }) => at);

test('comments are found', () => {
  expect(comments.length).toBeGreaterThan(3_000);
});

test('no line of a comment is longer than 100 columns', () => {
  expect(placesWhere(({ lines }) => lines.some((line) => line.length > 100))).toEqual([]);
});

test('every sentence names who does what: none begins with what, whoever, who, of, by or as', () => {
  const isRiddle = (sentence: string) => /^(What|Whoever|Who|Of|By|As)\b/.test(sentence);
  expect(placesWhere(({ sentences }) => sentences.some(isRiddle))).toEqual([]);
});

test('a comment has two sentences at most', () => {
  expect(placesWhere(({ sentences }) => sentences.length > 2)).toEqual([]);
});
