import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JsonFileError, readJson } from './read-json.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'touchstone-json-'));
  file = join(folder, 'x.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const holding = (bytes: Uint8Array) => {
  writeFileSync(file, bytes);
  return () => readJson(file);
};
const text = '\uFEFF{"who": "Müller 😀"}';

test.each([
  ['without a byte order mark', Buffer.from(text.slice(1))],
  ['with the one of UTF-8', Buffer.from(text)],
  ['in UTF-16, little end first', Buffer.from(text, 'utf16le')],
  ['in UTF-16, big end first', Buffer.from(text, 'utf16le').swap16()],
])('a JSON file is read %s', (_how, bytes) => {
  expect(holding(bytes)()).toEqual({ who: 'Müller 😀' });
});

test('what cannot be taken is refused with the file and the reason', () => {
  expect(holding(Buffer.from('{"who": "M\xfcller"}', 'latin1'))).toThrow(new JsonFileError(`${file} is not UTF-8`));
  expect(holding(Buffer.from('\uFEFF{', 'utf16le').subarray(0, 3))).toThrow(`${file} is not UTF-16LE`);
  expect(holding(Buffer.from('{'))).toThrow(`${file} is not JSON: `);
  expect(() => readJson(join(folder, 'none.json'))).toThrow('none.json cannot be read: ENOENT');
});
