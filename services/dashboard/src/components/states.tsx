import { t } from 'i18next';
import { type ReactNode, useEffect, useState } from 'react';
import { Trans } from 'react-i18next';
import type { Problem } from '../data/ask.ts';
import type { Shown } from '../data/use-answer.ts';
import { clockText } from '../i18n/format.ts';
import { copyText, hasClipboard } from './clipboard.ts';

/** Grey placeholders, announced once to screen readers. */
export function Loading({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div className="loading" role="status">
      <span className="hidden">{t('state.loading', { what })}</span>
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
      <strong>{t('state.unread', { what, why: problem.title })}</strong>
      <p>{problem.detail}</p>
      <p className="muted">{adviceFor(problem)}</p>
      <button type="button" onClick={reload}>
        {t('state.again')}
      </button>
    </div>
  );
}

function adviceFor({ status }: Problem): string {
  if (status === 0) return t('advice.away');
  if (status === 403) return t('advice.forbidden');
  if (status === 429) return t('advice.tooMany');
  if (status === 503) return t('advice.behind');
  if (status >= 500) return t('advice.fault');
  if (status < 400) return t('advice.garbage');
  return t('advice.address');
}

/**
 * Shown above figures that could not be refreshed: since when they are old, and whether they
 * include a later choice.
 */
export function Outdated({ answer }: { answer: Omit<Shown<unknown>, 'reload'> }) {
  const { data, problem, isBehind, answeredAt } = answer;
  if (data === undefined || problem === undefined || answeredAt === undefined) return null;
  return (
    <p className="note warn" role="status">
      <Trans
        i18nKey={isBehind ? 'state.notApplied' : 'state.outdated'}
        values={{ detail: problem.detail }}
        components={{ strong: <strong />, time: <ClockTime at={answeredAt} /> }}
      />
    </p>
  );
}

/** Shows an answer once there is one; until then placeholders, or why there is none. */
export function Answered<Data>(props: {
  answer: Shown<Data>;
  what: string;
  rows: number;
  children: (data: Data) => ReactNode;
}) {
  const { answer, what, rows, children } = props;
  const { data, problem, reload } = answer;
  return (
    <>
      <Outdated answer={answer} />
      {data !== undefined ? (
        children(data)
      ) : problem !== undefined ? (
        <Failed problem={problem} reload={reload} what={what} />
      ) : (
        <Loading what={what} rows={rows} />
      )}
    </>
  );
}

/** Shows an answer, dimmed while it is still the one to the question before. */
export function Settling(props: { answer: Shown<unknown>; className?: string; children: ReactNode }) {
  const { answer, className = '', children } = props;
  const { isBehind } = answer;
  return (
    <div className={`${className} ${isBehind ? 'behind' : ''}`.trim()} aria-busy={isBehind}>
      {children}
    </div>
  );
}

function ClockTime({ at }: { at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{clockText(at)}</time>;
}

/** Shown above answers made from rows while the log is unavailable. */
export function LogAway({ settledTo }: { settledTo: string }) {
  return (
    <p className="note warn" role="status">
      <Trans
        i18nKey="state.logAway"
        components={{ strong: <strong />, time: <ClockTime at={Date.parse(settledTo)} /> }}
      />
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
      <h1 className="id">
        <bdi>{id}</bdi>
      </h1>
      {problem.status === 404 ? (
        <Empty title={title}>
          <p>{t(`state.${what}Exact`)}</p>
          <button type="button" onClick={reload}>
            {t('state.lookAgain')}
          </button>
        </Empty>
      ) : problem.status === 410 ? (
        <Empty title={t('state.deleted')}>
          <p>{problem.detail}</p>
        </Empty>
      ) : (
        <Failed problem={problem} reload={reload} what={t(`state.the_${what}`)} />
      )}
    </section>
  );
}

/**
 * Shown if rendering the page failed. Plain HTML, because the other components may be the cause.
 */
export function BrokenPage({ error }: { error: unknown }) {
  return (
    <section className="panel narrow" role="alert">
      <h1>{t('state.broken')}</h1>
      <p>{t('state.brokenWhy')}</p>
      <p>
        <a href={location.pathname + location.search}>{t('state.reload')}</a>
      </p>
      <pre className="small">{String(error)}</pre>
    </section>
  );
}

/** A command to copy. It can also be selected by hand if the browser denies the clipboard. */
export function Command({ text }: { text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <div className="command">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>{text}</pre>
      {!hasClipboard() ? null : (
        <button type="button" onClick={() => void copyText(text).then(setIsCopied)}>
          {isCopied ? t('state.copied') : t('state.copy')}
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
