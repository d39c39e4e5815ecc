import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { getText, Problem } from './api.ts';
import { customerPath, journeyPath } from './route.ts';
import { Link, navigate } from './router.tsx';

type Outcome =
  | { readonly kind: 'idle' | 'searching' }
  | { readonly kind: 'both' | 'nothing'; readonly id: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

/**
 * Finds a journey or a customer by exact id and goes there; asks which if the id is both. The key
 * `/` focuses it.
 */
export function Search() {
  const input = useRef<HTMLInputElement>(null);
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'idle' });
  useSlashFocuses(input);

  const onSubmit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const id = input.current?.value.trim() ?? '';
    if (id === '') return;
    setOutcome({ kind: 'searching' });
    setOutcome(await find(id));
  };

  return (
    <search className="search">
      <form onSubmit={(event) => void onSubmit(event)}>
        <label className="hidden" htmlFor="search">
          Journey or customer id
        </label>
        <input
          id="search"
          ref={input}
          type="search"
          placeholder="Journey or customer id"
          autoComplete="off"
          spellCheck={false}
          onChange={() => setOutcome({ kind: 'idle' })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setOutcome({ kind: 'idle' });
          }}
        />
        <span className="hint" aria-hidden="true">
          /
        </span>
      </form>
      <div role="status">{said(outcome)}</div>
    </search>
  );
}

async function find(id: string): Promise<Outcome> {
  const [journey, customer] = await Promise.all([exists('journeys', id), exists('customers', id)]);
  if (journey === true && customer === true) return { kind: 'both', id };
  if (journey === true) navigate(journeyPath(id));
  else if (customer === true) navigate(customerPath(id));
  else if (journey instanceof Problem) return { kind: 'failed', problem: journey };
  else if (customer instanceof Problem) return { kind: 'failed', problem: customer };
  else return { kind: 'nothing', id };
  return { kind: 'idle' };
}

const longestSearchMs = 8000;

/** A journey id that several customers use exists too; its page asks which customer is meant. */
async function exists(what: 'journeys' | 'customers', id: string): Promise<boolean | Problem> {
  try {
    await getText(`/v1/${what}/${encodeURIComponent(id)}`, new AbortController().signal, longestSearchMs);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 409) return true;
    return error.status === 404 ? false : error;
  }
}

function said(outcome: Outcome): ReactNode {
  switch (outcome.kind) {
    case 'idle':
      return null;
    case 'searching':
      return <p className="search-said">Searching…</p>;
    case 'failed':
      return <p className="search-said">{outcome.problem.detail}</p>;
    case 'nothing':
      return (
        <p className="search-said">
          No journey and no customer has the id <b>{outcome.id}</b>. Ids are matched exactly, capitals included.
        </p>
      );
    case 'both':
      return (
        <p className="search-said">
          <b>{outcome.id}</b> is a <Link to={journeyPath(outcome.id)}>journey</Link> and a{' '}
          <Link to={customerPath(outcome.id)}>customer</Link>.
        </p>
      );
  }
}

function useSlashFocuses(input: { readonly current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      // A reader who is typing in a field wants the character.
      if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]'))
        return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [input]);
}
