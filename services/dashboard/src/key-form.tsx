import { type FormEvent, useEffect } from 'react';
import { type KeyState, keepKey } from './key.ts';

/** Asks for the API key. It is kept for this tab only, and sent to this origin only. */
export function KeyForm({ state }: { state: KeyState }) {
  useEffect(() => {
    document.title = 'Key needed · Touchstone';
  }, []);

  const onSubmit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    if (given !== '') keepKey(given);
  };

  return (
    <section className="panel narrow" aria-labelledby="key-title">
      <h1 id="key-title">This system wants a key</h1>
      <p>Reading needs a key with the scope “read”. Whoever runs the system can give you one.</p>
      {state === 'refused' ? (
        <p className="note bad" role="alert">
          That key was not accepted. Check that it was copied whole.
        </p>
      ) : null}
      <form onSubmit={onSubmit} className="key-form">
        <label htmlFor="key">Key</label>
        {/* biome-ignore lint/a11y/noAutofocus: it is the only thing that this page is for. */}
        <input id="key" name="key" type="password" required autoComplete="off" spellCheck={false} autoFocus />
        <button type="submit" className="primary">
          Continue
        </button>
      </form>
      <p className="small muted">Kept until this tab is closed, and sent to this address only.</p>
    </section>
  );
}
