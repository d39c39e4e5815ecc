import i18n from 'i18next';
import { useSyncExternalStore } from 'react';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { formatIn } from './format.ts';

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const STORAGE_NAME = 'touchstone-language';
const listeners = new Set<() => void>();

/** The words in English. */
export async function startWords(): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
}

/** Before the page is drawn: the language that was chosen, else that of the browser. */
export async function startLanguage(): Promise<void> {
  await startWords();
  await speak(chosen() ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en'));
}

/** Draws the page in this language from now on, in this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORAGE_NAME, language);
  } catch {
    // A browser that forbids storage keeps the choice as long as the page lives.
  }
  await speak(language);
}

async function speak(language: Language): Promise<void> {
  if (language === 'zh-CN' && !i18n.hasResourceBundle('zh-CN', 'translation')) {
    const { zh } = await import('./zh.ts');
    i18n.addResourceBundle('zh-CN', 'translation', zh);
  }
  await i18n.changeLanguage(language);
  formatIn({ language });
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

export function useLanguage(): Language {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => (i18n.language === 'zh-CN' ? 'zh-CN' : 'en'),
  );
}

function chosen(): Language | null {
  try {
    const kept = localStorage.getItem(STORAGE_NAME);
    return kept !== null && kept in languages ? (kept as Language) : null;
  } catch {
    return null;
  }
}
