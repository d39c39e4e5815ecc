import type { Complaints, Promises } from '@touchstone/api';
import { complaintStates } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { Only } from '../components/only.tsx';
import { Time, Touchpoint } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Segments } from '../components/segments.tsx';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { missing, ratingText } from '../i18n/format.ts';
import { promiseStates, promiseStateText } from '../i18n/words.ts';
import { ListOf } from '../lists/list-page.tsx';
import type { Address } from '../selection/address.ts';
import { type Period, parametersOf, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByPromises } from '../selection/taken.ts';

type Promise = Promises['items'][number];
type Complaint = Complaints['items'][number];

const PAGE_ROWS = '100';

function States({ states, chosen }: { states: readonly string[]; chosen: string | undefined }) {
  const change = useChangeAddress();
  return (
    <Segments
      label={t('column.state')}
      names={[null, ...states]}
      chosen={chosen ?? null}
      textOf={(state) => (state === null ? t('list.all') : promiseStateText(state))}
      choose={(state) => change({ state: state ?? undefined })}
    />
  );
}

export interface Asked {
  readonly address: Address;
  readonly period: Period;
}

/** The filters of the selection by the names of the ledgers. */
function named(address: Address): Record<string, string | undefined> {
  const { type, ...others } = parametersOf(address, takenByPromises(address));
  return { ...others, journeyType: type };
}

/** Promises, by when they fall due. */
export function PromiseRows({ address, period }: Asked) {
  const path = pathOf('/v1/promises', {
    ...named(address),
    what: address.what,
    expected: address.expected,
    ...spanParameters(period, ['dueFrom', 'dueTo']),
    state: address.state,
    limit: PAGE_ROWS,
  });
  return (
    <>
      <div className="room-tools">
        <States states={promiseStates} chosen={address.state} />
        <Only name="what" value={address.what} text={t('promisesBy.what')} />
      </div>
      <ListOf
        label={t('list.promises')}
        path={path}
        columns={promiseColumns()}
        keyOf={({ customerId, id, expected }: Promise) => JSON.stringify([customerId, id, expected])}
      />
    </>
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

/** Complaints, by when they were raised. */
export function ComplaintRows({ address, period }: Asked) {
  const path = pathOf('/v1/complaints', {
    ...named(address),
    severity: address.severity,
    answered: address.answered,
    ...spanParameters(period, ['raisedFrom', 'raisedTo']),
    state: address.state,
    limit: PAGE_ROWS,
  });
  const answered =
    address.answered === undefined ? undefined : t(`complaintsBy.answered_${address.answered === 'true'}`);
  return (
    <>
      <div className="room-tools">
        <States states={complaintStates} chosen={address.state} />
        <Only name="severity" value={address.severity} text={t('column.severity')} />
        <Only name="answered" value={answered} text={t('column.answeredAt')} />
      </div>
      <ListOf
        label={t('list.complaints')}
        path={path}
        columns={complaintColumns()}
        keyOf={({ customerId, id }: Complaint) => JSON.stringify([customerId, id])}
      />
    </>
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
    cell: ({ satisfaction }) => ratingText(satisfaction),
  },
  { id: 'journey', head: t('column.journey'), className: 'wide', cell: JourneyCell },
];
