import { type ReactNode, useEffect, useState } from 'react';
import type { Problem } from './api.ts';
import { clockText } from './format.ts';
import { Link } from './router.tsx';
import type { Answer } from './use-answer.ts';

/** Grey placeholders, announced once to screen readers. */
export function Loading({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div className="loading" role="status">
      <span className="hidden">Loading {what}…</span>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} />
      ))}
    </div>
  );
}

/** An empty state: says so, and what would change it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

/** A failed request: what happened, what to do, and a button to retry. */
export function Failed({ problem, reload, what }: { problem: Problem; reload: () => void; what: string }) {
  return (
    <div className="empty failed" role="alert">
      <strong>
        {capitalise(what)} could not be read: {problem.title.toLowerCase()}
      </strong>
      <p>{problem.detail}</p>
      <p className="muted">{adviceFor(problem)}</p>
      <button type="button" onClick={reload}>
        Try again
      </button>
    </div>
  );
}

function adviceFor(problem: Problem): string {
  if (problem.status === 0)
    return 'Is the system running, and is this device online? The page goes on by itself once it answers.';
  if (problem.status === 403) return 'The key in use lacks the scope “read”. Forget it (top right) and use another.';
  if (problem.status === 429) return 'Too many requests from here. Wait a moment.';
  if (problem.status === 503) return 'The read model is busy or catching up. It usually answers again within seconds.';
  if (problem.status >= 500) return 'This is a fault of the system, not of your request. Its log has the reason.';
  return 'Check the address of this page.';
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * Shown above figures that could not be refreshed: since when they are old, and whether they
 * include a later choice.
 */
export function Outdated({ answer }: { answer: Omit<Answer<unknown>, 'reload'> }) {
  const { data, problem, isBehind, answeredAt } = answer;
  if (data === undefined || problem === undefined || answeredAt === undefined) return null;
  return (
    <p className="note warn" role="status">
      {isBehind ? (
        <>
          <strong>Your last choice was not applied.</strong> These figures are of the choice before, from{' '}
        </>
      ) : (
        <>
          <strong>These figures are no longer refreshed.</strong> They are from{' '}
        </>
      )}
      <time dateTime={new Date(answeredAt).toISOString()}>{clockText(answeredAt)}</time>. {problem.detail} Trying again
      by itself.
    </p>
  );
}

/** Shown above answers made from rows while the log is unavailable. */
export function LogAway({ settledTo }: { settledTo: string }) {
  return (
    <p className="note warn" role="status">
      <strong>The log is away.</strong> Shown is what the read model knows, with what fell due before{' '}
      <time dateTime={settledTo}>{clockText(Date.parse(settledTo))}</time>. How it came about is shown once the log
      answers again; the page looks by itself.
    </p>
  );
}

/**
 * The page of a customer or a journey that could not be shown: nobody has the id, or the request
 * failed.
 */
export function Missing({
  what,
  id,
  title,
  problem,
  reload,
}: {
  what: 'customer' | 'journey';
  id: string;
  /** Title for the case that nobody has the id. */
  title: string;
  problem: Problem;
  reload: () => void;
}) {
  return (
    <section className="panel narrow">
      <h1 className="id">{id}</h1>
      {problem.status === 404 ? (
        <Empty title={title}>
          <p>
            Ids are matched exactly, capitals included. A {what} exists from {what === 'customer' ? 'their' : 'its'}{' '}
            first event on: if it was published just now, it comes up here by itself.
          </p>
          <button type="button" onClick={reload}>
            Look again
          </button>
        </Empty>
      ) : problem.status === 410 ? (
        <Empty title="Deleted for good">
          <p>{problem.detail}</p>
        </Empty>
      ) : (
        <Failed problem={problem} reload={reload} what={`the ${what}`} />
      )}
    </section>
  );
}

export function Nowhere({ pathname }: { pathname: string }) {
  usePageTitle('Not found');
  return (
    <section className="panel narrow">
      <h1>There is no such page</h1>
      <p>
        Nothing stands at <code className="id">{pathname}</code>.
      </p>
      <p>
        Each journey and each customer has a page of its own: <code>/journeys/</code> or <code>/customers/</code> and
        the id, percent-encoded. To find one, search for its id above. Lists of them are drawn by the{' '}
        <Link to="/">overview</Link>, and answered by the <a href="/docs">API</a> at <code>/v1/journeys</code> and{' '}
        <code>/v1/customers</code>.
      </p>
    </section>
  );
}

/**
 * Shown if rendering the page failed. Plain HTML, because the other components may be the cause.
 */
export function BrokenPage({ error }: { error: unknown }) {
  return (
    <main className="panel narrow" role="alert">
      <h1>This page could not be drawn</h1>
      <p>
        Probably the page and the system are of different versions. Reload it; if that does not help, restart the
        system, which rebuilds the page.
      </p>
      <p>
        <a href={location.pathname + location.search}>Reload</a>
      </p>
      <pre className="small">{String(error)}</pre>
    </main>
  );
}

/** A command to copy. It can also be selected by hand if the browser denies the clipboard. */
export function Command({ text }: { text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <div className="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
      {navigator.clipboard === undefined ? null : (
        <button type="button" onClick={() => void copy()}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Touchstone`;
  }, [title]);
}
