export const pageLanguages = ['en', 'zh'] as const;
export type PageLanguage = (typeof pageLanguages)[number];

export interface AskedLanguage {
  readonly language: PageLanguage;
  /** Writes dates and times, such as `en-GB`. */
  readonly locale: string;
}

const UNLESS_ASKED: AskedLanguage = { language: 'en', locale: 'en' };
/** Longest header that is looked at: browsers send some fifty characters. */
const HEADER_MAX = 512;

/** The language that a browser likes best of those that the page has, by `Accept-Language`. */
export function askedLanguage(header: string | undefined): AskedLanguage {
  const wanted = (header ?? '')
    .slice(0, HEADER_MAX)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim());
      const quality = parameters.find((text) => text.startsWith('q='))?.slice(2);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0 && quality <= 1)
    .sort((a, b) => b.quality - a.quality);
  for (const { tag } of wanted) {
    const language = pageLanguages.find((known) => tag.toLowerCase().split('-')[0] === known);
    if (language !== undefined) return { language, locale: localeOf(tag, language) };
  }
  return UNLESS_ASKED;
}

/** All Chinese is written in simplified characters here, dates too. */
function localeOf(tag: string, language: PageLanguage): string {
  if (language === 'zh') return 'zh-CN';
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? language;
  } catch {
    return language;
  }
}
