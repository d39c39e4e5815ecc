import { expect, it } from 'vitest';
import { askedLanguage } from './asked-language.ts';

it.each([
  [undefined, 'en', 'en'],
  ['', 'en', 'en'],
  ['*', 'en', 'en'],
  ['en-GB,en;q=0.9', 'en', 'en-GB'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh', 'zh-CN'],
  ['zh-Hant-TW', 'zh', 'zh-CN'],
  ['de-DE,de;q=0.9,zh;q=0.5,en;q=0.4', 'zh', 'zh-CN'],
  ['zh;q=0,en', 'en', 'en'],
  ['en;q=0.1, zh ; q=0.2', 'zh', 'zh-CN'],
  ['fr', 'en', 'en'],
  ['en-!!', 'en', 'en'],
  ['zh;q=nonsense,en;q=0.3', 'en', 'en'],
  [`${'x,'.repeat(10_000)}zh`, 'en', 'en'],
])('of %s the page is %s, with the dates of %s', (header, language, locale) => {
  expect(askedLanguage(header)).toEqual({ language, locale });
});
