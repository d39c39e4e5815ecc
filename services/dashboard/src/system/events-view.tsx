import type { ParkedEvents, ParkedRetry, RejectedEvents, RejectedRetry } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { Time } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { readAgain } from '../data/change.ts';
import { type Doing, useDoing } from '../data/use-doing.ts';
import { CustomerLink, useAddress } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { eventText } from '../i18n/words.ts';
import { ListOf, Tabs } from '../lists/list-page.tsx';
import { pathOf } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';

const lists = ['parked', 'rejected'] as const;
const PAGE_ROWS = '100';

/** Events that count for nothing yet, parked or rejected, and trying them again. */
export function EventsView() {
  const { list } = useAddress();
  const change = useChangeAddress();
  const chosen = list === 'rejected' ? 'rejected' : 'parked';
  return (
    <>
      <Tabs
        label={t('systemView.events')}
        names={lists}
        chosen={chosen}
        textOf={(name) => t(`setAside.${name}`)}
        choose={(name) => change({ list: name === 'parked' ? undefined : name })}
      />
      <p className="muted">{t(`setAside.${chosen}Why`)}</p>
      {chosen === 'parked' ? <Parked /> : <Rejected />}
    </>
  );
}

type ParkedEvent = ParkedEvents['items'][number];
const PARKED = pathOf('/v1/parked', { limit: PAGE_ROWS });

function Parked() {
  const [said, setSaid] = useState<string>();
  const doing = useDoing(() => void readAgain('/v1/parked'));
  const retry = (positions?: readonly string[]): void =>
    void doing.start(async () => {
      const { asked } = await ask<ParkedRetry>('/v1/parked/retry', {
        body: positions === undefined ? {} : { positions },
      });
      setSaid(t('setAside.asked', { count: asked }));
    });
  return (
    <>
      <Retry doing={doing} said={said} all={() => retry()} />
      <ListOf
        label={t('setAside.parked')}
        path={PARKED}
        columns={parkedColumns(doing, (position) => retry([position]))}
        keyOf={({ position }: ParkedEvent) => position}
        empty={<p>{t('setAside.noneParked')}</p>}
      />
    </>
  );
}

function Retry({ doing, said, all }: { doing: Doing; said: string | undefined; all: () => void }) {
  return (
    <>
      <div className="tools">
        <button type="button" disabled={doing.isBusy} onClick={all}>
          {t('setAside.retryAll')}
        </button>
        <span role="status" className="small">
          {said}
        </span>
      </div>
      <Undone problem={doing.problem} />
    </>
  );
}

const parkedColumns = (doing: Doing, retry: (position: string) => void): readonly RowColumn<ParkedEvent>[] => [
  { id: 'position', head: t('setAside.position'), className: 'number', cell: ({ position }) => countText(position) },
  {
    id: 'event',
    head: t('setAside.event'),
    cell: ({ type, eventId, source }) => (
      <>
        {eventText(type)}{' '}
        <span className="small muted">
          {eventId} · {source}
        </span>
      </>
    ),
  },
  {
    id: 'customer',
    head: t('setAside.customer'),
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  { id: 'reason', head: t('setAside.reason'), className: 'wrap', cell: ({ error }) => error },
  {
    id: 'retry',
    head: t('setAside.again'),
    cell: ({ position }) => (
      <button type="button" disabled={doing.isBusy} onClick={() => retry(position)}>
        {t('setAside.retry')}
      </button>
    ),
  },
];

type RejectedEvent = RejectedEvents['items'][number];
const REJECTED = pathOf('/v1/rejected', { limit: PAGE_ROWS });

function Rejected() {
  const [said, setSaid] = useState<string>();
  const doing = useDoing(() => void readAgain('/v1/rejected'));
  const retry = (ids?: readonly string[]): void =>
    void doing.start(async () => {
      const came = await ask<RejectedRetry>('/v1/rejected/retry', { body: ids === undefined ? {} : { ids } });
      setSaid(
        t('setAside.came', {
          retried: countText(came.retried),
          accepted: countText(came.accepted),
          others: countText(came.duplicates),
          rejected: countText(came.rejected + came.conflicts),
        }),
      );
    });
  return (
    <>
      <Retry doing={doing} said={said} all={() => retry()} />
      <ListOf
        label={t('setAside.rejected')}
        path={REJECTED}
        columns={rejectedColumns(doing, (id) => retry([id]))}
        keyOf={({ id }: RejectedEvent) => id}
        empty={<p>{t('setAside.noneRejected')}</p>}
      />
    </>
  );
}

const rejectedColumns = (doing: Doing, retry: (id: string) => void): readonly RowColumn<RejectedEvent>[] => [
  { id: 'at', head: t('setAside.at'), className: 'when', cell: ({ rejectedAt }) => <Time at={rejectedAt} /> },
  {
    id: 'event',
    head: t('setAside.event'),
    className: 'wrap',
    cell: ({ eventId, source, origin, subject }) => (
      <>
        <span className="id">{eventId ?? '–'}</span>{' '}
        <span className="small muted">{[source, subject, origin].filter(Boolean).join(' · ')}</span>
      </>
    ),
  },
  {
    id: 'reason',
    head: t('setAside.reason'),
    className: 'wrap',
    cell: ({ code, errors, payload }) => (
      <>
        <code>{code}</code>
        <ul className="whys small">
          {errors.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path === '' ? null : <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
        <details>
          <summary className="small">{t('setAside.payload')}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
          <pre className="payload" tabIndex={0}>
            {payload}
          </pre>
        </details>
      </>
    ),
  },
  {
    id: 'retry',
    head: t('setAside.again'),
    cell: ({ id }) => (
      <button type="button" disabled={doing.isBusy} onClick={() => retry(id)}>
        {t('setAside.retry')}
      </button>
    ),
  },
];
