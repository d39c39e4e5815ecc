import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createKey, mayDo, mayPublishFrom, readKeys } from './keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'keys-'));
function fileOf(content: unknown, name = 'keys.json'): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

it('a new key is found by its secret and by nothing else, and the file does not hold it', () => {
  const { secret, entry } = createKey({ name: 'shop', scopes: ['publish'], sources: ['/shop'] });
  expect(secret).toMatch(/^tsk_[\w-]{43}$/);
  expect(JSON.stringify(entry)).not.toContain(secret);
  const keys = readKeys(fileOf([entry]));
  expect(keys.find(`Bearer ${secret}`)).toEqual(entry);
  for (const wrong of [secret, `Bearer ${secret}x`, `Basic ${secret}`, 'Bearer ', `Bearer ${entry.hash}`, '']) {
    expect(keys.find(wrong)).toBeUndefined();
  }
});

it('admin may do everything, the others what their scopes say', () => {
  const admin = createKey({ name: 'a', scopes: ['admin'] }).entry;
  const reader = createKey({ name: 'r', scopes: ['read'] }).entry;
  expect([mayDo(admin, 'publish'), mayDo(admin, 'read'), mayDo(reader, 'read'), mayDo(reader, 'publish')]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it('a key without sources may publish from all, one with sources from these alone', () => {
  expect(mayPublishFrom(createKey({ name: 'a', scopes: ['publish'] }).entry, '/x')).toBe(true);
  const bound = createKey({ name: 'b', scopes: ['publish'], sources: ['/shop'] }).entry;
  expect([mayPublishFrom(bound, '/shop'), mayPublishFrom(bound, '/shop/2')]).toEqual([true, false]);
});

it('a changed file comes into force with a reload; a broken one leaves the keys as they were', () => {
  const first = createKey({ name: 'first', scopes: ['read'] });
  const second = createKey({ name: 'second', scopes: ['read'] });
  const keys = readKeys(fileOf([first.entry], 'reload.json'));
  fileOf([second.entry], 'reload.json');
  keys.reload();
  expect([keys.named('first'), keys.named('second')?.name]).toEqual([undefined, 'second']);
  fileOf('[', 'reload.json');
  expect(() => keys.reload()).toThrow(/reload\.json/);
  expect(keys.find(`Bearer ${second.secret}`)?.name).toBe('second');
});

it.each([
  ['is no JSON', 'keys', /is not JSON/],
  ['is empty', [], /not as it must be/],
  ['has two keys of one name', [0, 1].map(() => createKey({ name: 'x', scopes: ['read'] }).entry), /one name/],
  ['has a key in clear', [{ name: 'x', hash: 'tsk_123', scopes: ['read'] }], /sha256/],
])('a file that %s is refused with its name', (_, content, message) => {
  expect(() => readKeys(fileOf(content, 'bad.json'))).toThrow(message);
  expect(() => readKeys(fileOf(content, 'bad.json'))).toThrow(/bad\.json/);
});
