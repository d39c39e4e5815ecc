import { t } from 'i18next';
import type { FormEvent } from 'react';
import { usePageTitle } from '../components/states.tsx';
import { type KeyState, keepKey } from '../data/key.ts';

/** Asks for the API key. It is kept for this tab only, and sent to this origin only. */
export function KeyForm({ state }: { state: KeyState }) {
  usePageTitle(t('key.short'));

  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    if (given !== '') keepKey(given);
  };

  return (
    <section className="panel narrow" aria-labelledby="key-title">
      <h1 id="key-title">{t('key.title')}</h1>
      <p>{t('key.why')}</p>
      {state === 'refused' ? (
        <p className="note bad" role="alert">
          {t('key.refused')}
        </p>
      ) : null}
      <form onSubmit={onSubmit} className="key-form">
        <label htmlFor="key">{t('key.label')}</label>
        {/* biome-ignore lint/a11y/noAutofocus: it is the only thing that this page is for. */}
        <input id="key" name="key" type="password" required autoComplete="off" spellCheck={false} autoFocus />
        <button type="submit" className="primary">
          {t('key.go')}
        </button>
      </form>
      <p className="small muted">{t('key.kept')}</p>
    </section>
  );
}
