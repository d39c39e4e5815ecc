import type { Complaints, Promises } from '@touchstone/api';
import { t } from 'i18next';
import { Time, Touchpoint } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Loading, usePageTitle } from '../components/states.tsx';
import { usePeriod } from '../data/use-now.ts';
import { CustomerLink, JourneyLink, useAddress } from '../frame/links.tsx';
import { missing, ratingText } from '../i18n/format.ts';
import { promiseStates, promiseStateText } from '../i18n/words.ts';
import type { Address } from '../selection/address.ts';
import { type Period, parametersOf, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { ListOf, Tabs } from './list-page.tsx';

type Promise = Promises['items'][number];
type Complaint = Complaints['items'][number];

const PAGE_ROWS = '100';

/** Promises by when they fall due, and complaints by when they were raised. */
export function PromisesPage() {
  usePageTitle(t('page.promises'));
  const address = useAddress();
  const period = usePeriod(address);
  const change = useChangeAddress();
  const list = address.list === 'complaints' ? 'complaints' : 'promises';
  return (
    <>
      <h1>{t('page.promises')}</h1>
      <Tabs
        label={t('page.promises')}
        names={['promises', 'complaints']}
        chosen={list}
        textOf={(name) => t(`list.${name}`)}
        choose={(name) => change({ list: name === 'promises' ? undefined : name, state: undefined })}
      />
      <States list={list} chosen={address.state} choose={(state) => change({ state })} />
      {period === null ? (
        <Loading what={t(`list.${list}`)} rows={10} />
      ) : list === 'promises' ? (
        <PromiseRows address={address} period={period} />
      ) : (
        <ComplaintRows address={address} period={period} />
      )}
    </>
  );
}

function States(props: {
  list: 'promises' | 'complaints';
  chosen: string | undefined;
  choose: (state?: string) => void;
}) {
  const { list, chosen, choose } = props;
  const states = list === 'promises' ? promiseStates : (['open', 'resolved'] as const);
  return (
    <fieldset className="segments">
      <legend className="hidden">{t('column.state')}</legend>
      {[undefined, ...states].map((state) => (
        <label key={state ?? ''}>
          <input type="radio" name="state" checked={chosen === state} onChange={() => choose(state)} />
          <span>{state === undefined ? t('list.all') : promiseStateText(state)}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface Asked {
  readonly address: Address;
  readonly period: Period;
}

function PromiseRows({ address, period }: Asked) {
  const path = pathOf('/v1/promises', {
    ...parametersOf(address, ['customerId']),
    ...spanParameters(period, ['dueFrom', 'dueTo']),
    state: address.state,
    limit: PAGE_ROWS,
  });
  return (
    <ListOf
      label={t('list.promises')}
      path={path}
      columns={promiseColumns()}
      keyOf={({ customerId, id }: Promise) => JSON.stringify([customerId, id])}
    />
  );
}

function JourneyCell({ journeyId, customerId }: { journeyId: string | null; customerId: string }) {
  return journeyId === null ? missing : <JourneyLink id={journeyId} customerId={customerId} className="id" />;
}

const promiseColumns = (): readonly RowColumn<Promise>[] => [
  {
    id: 'what',
    head: t('column.promise'),
    className: 'wrap',
    cell: ({ what, touchpoint, journeyType, id }) =>
      what ?? (touchpoint === null ? id : <Touchpoint name={touchpoint} type={journeyType ?? undefined} />),
  },
  {
    id: 'state',
    head: t('column.state'),
    cell: ({ state }) => <span className={`badge promise-state-${state}`}>{promiseStateText(state)}</span>,
  },
  { id: 'dueAt', head: t('column.dueAt'), cell: ({ dueAt }) => <Time at={dueAt} /> },
  {
    id: 'closedAt',
    head: t('column.closedAt'),
    className: 'wide',
    cell: ({ closedAt }) => (closedAt === null ? missing : <Time at={closedAt} />),
  },
  {
    id: 'customer',
    head: t('column.customer'),
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  { id: 'journey', head: t('column.journey'), className: 'wide', cell: JourneyCell },
];

function ComplaintRows({ address, period }: Asked) {
  const path = pathOf('/v1/complaints', {
    ...parametersOf(address, ['customerId']),
    ...spanParameters(period, ['raisedFrom', 'raisedTo']),
    state: address.state,
    limit: PAGE_ROWS,
  });
  return (
    <ListOf
      label={t('list.complaints')}
      path={path}
      columns={complaintColumns()}
      keyOf={({ customerId, id }: Complaint) => JSON.stringify([customerId, id])}
    />
  );
}

const complaintColumns = (): readonly RowColumn<Complaint>[] => [
  {
    id: 'customer',
    head: t('column.customer'),
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  {
    id: 'state',
    head: t('column.state'),
    cell: ({ resolvedAt }) => {
      const state = resolvedAt === null ? 'open' : 'resolved';
      return <span className={`badge complaint-${state}`}>{promiseStateText(state)}</span>;
    },
  },
  { id: 'raisedAt', head: t('column.raisedAt'), cell: ({ raisedAt }) => <Time at={raisedAt} /> },
  {
    id: 'answeredAt',
    head: t('column.answeredAt'),
    className: 'wide',
    cell: ({ answeredAt, resolvedAt }) => {
      const at = answeredAt ?? resolvedAt;
      return at === null ? <span className="bad">{t('list.notAnswered')}</span> : <Time at={at} />;
    },
  },
  { id: 'severity', head: t('column.severity'), className: 'wide', cell: ({ severity }) => severity ?? missing },
  { id: 'channel', head: t('column.channel'), className: 'wide', cell: ({ channel }) => channel ?? missing },
  {
    id: 'satisfaction',
    head: t('column.satisfaction'),
    className: 'number wide',
    cell: ({ satisfaction }) => (satisfaction === null ? missing : ratingText(satisfaction)),
  },
  { id: 'journey', head: t('column.journey'), className: 'wide', cell: JourneyCell },
];
