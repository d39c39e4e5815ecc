import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { type FormEvent, type ReactNode, useState } from 'react';
import { usePageTitle } from '../components/states.tsx';
import { type Problem, problemFrom } from '../data/ask.ts';
import { useSession } from '../data/session.ts';
import { signIn } from '../data/sign-in.ts';

/** Asks for the API key in place of the page, of which nothing can be shown yet. */
export function KeyPage() {
  usePageTitle(t('session.short'));
  return (
    <section className="panel narrow" aria-labelledby="key-title">
      <h1 id="key-title">{t('session.title')}</h1>
      <p>{t('session.why')}</p>
      <KeyForm />
    </section>
  );
}

/** Asks for a key again above the page, which stays as it was, with all that was typed. */
export function KeyDialog() {
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Overlay className="veil key-veil" />
        <Dialog.Content
          className="panel narrow key-dialog"
          onEscapeKeyDown={(event) => event.preventDefault()}
          onPointerDownOutside={(event) => event.preventDefault()}
        >
          <Dialog.Title>{t('session.endedTitle')}</Dialog.Title>
          <Dialog.Description>{t('session.ended')}</Dialog.Description>
          <KeyForm />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function KeyForm() {
  const { state } = useSession();
  const [problem, setProblem] = useState<Problem>();
  const [isAsking, setIsAsking] = useState(false);
  const onSubmit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = String(new FormData(event.currentTarget).get('key') ?? '').trim();
    if (given === '') return;
    setIsAsking(true);
    setProblem(undefined);
    await signIn(given).catch((error: unknown) => setProblem(problemFrom(error)));
    setIsAsking(false);
  };
  return (
    <>
      {state === 'refused' ? <Alert>{t('session.refused')}</Alert> : null}
      {state === 'forgotten' ? <Alert>{t('session.forgotten')}</Alert> : null}
      {problem === undefined ? null : <Alert>{problem.message}</Alert>}
      <form onSubmit={(event) => void onSubmit(event)} className="key-form">
        <label htmlFor="key">{t('session.label')}</label>
        {/* biome-ignore lint/a11y/noAutofocus: it is the only thing that this form is for. */}
        <input id="key" name="key" type="password" required autoComplete="off" spellCheck={false} autoFocus />
        <button type="submit" className="primary" disabled={isAsking}>
          {t('session.go')}
        </button>
      </form>
      <p className="small muted">{t('session.kept')}</p>
    </>
  );
}

function Alert({ children }: { children: ReactNode }) {
  return (
    <p className="note bad" role="alert">
      {children}
    </p>
  );
}
