import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './source-files.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const container = JSON.parse(read('.devcontainer/devcontainer.json'));
const dockerfile = read(`.devcontainer/${container.build.dockerfile}`);

test('the development container has every program that the tests need', () => {
  const needed = [...read('.ci/run').matchAll(/missing\+=\(([\w-]+)\)/g)].map(([, name]) => name!);
  const installed = /apt-get install ([\s\S]*?)&& rm/.exec(dockerfile)![1]!.split(/[\s\\]+/);
  expect(needed.length).toBeGreaterThan(4);
  expect(needed.filter((name) => !installed.includes(name))).toEqual([]);
});

test('the development container runs a Node that is supported, and recommends the extensions of the editor', () => {
  const [, major] = /^FROM node:(\d+)-/m.exec(dockerfile)!;
  expect(JSON.parse(read('package.json')).engines.node).toMatch(new RegExp(`(\\^${major}\\.|>=${major}$)`));
  expect(container.customizations.vscode.extensions).toEqual(
    JSON.parse(read('.vscode/extensions.json')).recommendations,
  );
});
