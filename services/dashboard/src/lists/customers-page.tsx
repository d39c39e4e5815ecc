import type { CustomerList, SilentCustomers, TrustChange } from '@touchstone/api';
import { t } from 'i18next';
import { X } from 'lucide-react';
import { NoPeriod } from '../components/no-period.tsx';
import { ScoreCell, StageBadge, StageMove, Time } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Segments } from '../components/segments.tsx';
import { usePageTitle } from '../components/states.tsx';
import { OverTime } from '../customers/over-time.tsx';
import { usePeriod } from '../data/use-now.ts';
import { CustomerLink, useAddress } from '../frame/links.tsx';
import { countText, missing, scoreText } from '../i18n/format.ts';
import { loyaltyText, reasonText, stageText } from '../i18n/words.ts';
import { isFall } from '../overview/news.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { parametersOf, pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { ListOf, Tabs } from './list-page.tsx';
import { TierRows } from './tiers.tsx';
import { WorklistRows } from './worklist-rows.tsx';

type CustomerSummary = CustomerList['items'][number];
type SilentCustomer = SilentCustomers['items'][number];

const PAGE_ROWS = '100';
const lists = ['all', 'worklist', 'tiers', 'leaving', 'silent', 'moves', 'stages', 'retention', 'stays'] as const;
/** Lists behind a figure, which have no tab. */
const behind = ['cohort', 'members'] as const;
type List = (typeof lists)[number] | (typeof behind)[number];
/** Names of the address that only one list has. */
const ofOneList = ['fromStage', 'toStage', 'cohort', 'event', 'start', 'k', 'at', 'inStage'];

/** Lists of customers: all, who needs somebody, by what they bought, who leaves, who is silent. */
export function CustomersPage() {
  usePageTitle(t('page.customers'));
  const address = useAddress();
  const change = useChangeAddress();
  const list: List = nameIn([...lists, ...behind], address.list);
  const choose = (next: List): void =>
    change({
      list: next === 'all' ? undefined : next,
      reason: undefined,
      marks: undefined,
      tier: undefined,
      because: undefined,
      direction: undefined,
      risk: undefined,
      sort: undefined,
      ...Object.fromEntries(ofOneList.map((name) => [name, undefined])),
    });
  return (
    <>
      <h1>{t('page.customers')}</h1>
      <Tabs
        label={t('page.customers')}
        names={lists}
        chosen={list === 'cohort' ? 'retention' : list === 'members' ? 'stages' : list}
        textOf={(name) => t(`customers.${name}`)}
        choose={choose}
      />
      <p className="small muted list-meaning">{t(`customersMeaning.${list}`)}</p>
      <Chosen list={list} address={address} />
    </>
  );
}

function Chosen({ list, address }: { list: List; address: Address }) {
  switch (list) {
    case 'worklist':
      return <WorklistRows address={address} />;
    case 'tiers':
      return <TierRows chosen={address.tier} isRisk={address.risk === 'true'} />;
    case 'silent':
      return <Silent />;
    case 'moves':
      return <Moves address={address} />;
    case 'stages':
    case 'retention':
    case 'stays':
    case 'cohort':
    case 'members':
      return <OverTime list={list} address={address} />;
    default:
      return <All address={address} isLeaving={list === 'leaving'} />;
  }
}

const keyOfCustomer = ({ customerId }: { readonly customerId: string }): string => customerId;

function customerColumn<Row>(idOf: (row: Row) => string): RowColumn<Row> {
  return {
    id: 'customer',
    head: t('column.customer'),
    cell: (row) => <CustomerLink id={idOf(row)} className="id strong" />,
  };
}

function All({ address, isLeaving }: { address: Address; isLeaving: boolean }) {
  const change = useChangeAddress();
  const sort = address.sort ?? (isLeaving ? 'lastAt' : '-lastAt');
  const path = pathOf('/v1/customers', {
    ...parametersOf(address, ['stage']),
    ...(isLeaving ? { quietlyLeaving: 'true' } : {}),
    sort,
    limit: PAGE_ROWS,
  });
  const columns: readonly RowColumn<CustomerSummary>[] = [
    customerColumn(({ id }) => id),
    { id: 'stage', head: t('column.stage'), cell: ({ stage }) => <StageBadge stage={stage} /> },
    {
      id: 'satisfaction',
      head: t('column.satisfaction'),
      sort: 'satisfaction',
      cell: ({ satisfaction }) => <ScoreCell score={satisfaction} level={levelOf(satisfaction)} />,
    },
    { id: 'loyalty', head: t('column.loyalty'), className: 'wide', cell: ({ loyalty }) => loyaltyText(loyalty).title },
    {
      id: 'since',
      head: t('column.since'),
      sort: 'since',
      className: 'wide',
      cell: ({ since }) => (since === null ? missing : <Time at={since} />),
    },
    {
      id: 'moments',
      head: t('column.satisfied'),
      className: 'number wide',
      cell: ({ satisfiedMoments }) => countText(satisfiedMoments),
    },
    {
      id: 'purchases',
      head: t('column.purchases'),
      className: 'number wide',
      cell: ({ purchases }) => countText(purchases),
    },
    {
      id: 'leaving',
      head: t('column.note'),
      cell: ({ quietlyLeaving }) =>
        quietlyLeaving ? <span className="badge due">{t('customer.leaving')}</span> : null,
    },
  ];
  return (
    <ListOf
      label={t(isLeaving ? 'customers.leaving' : 'customers.all')}
      path={path}
      columns={columns}
      keyOf={({ id }: CustomerSummary) => id}
      sort={sort}
      onSort={(next) => change({ sort: next })}
    />
  );
}

/** The level whose colour a satisfaction has; the API gives levels of journeys alone. */
function levelOf(satisfaction: number | null): string | null {
  if (satisfaction === null) return null;
  return satisfaction >= 80 ? 'satisfied' : satisfaction >= 60 ? 'fairly-satisfied' : 'dissatisfied';
}

/** The stages and the reason that a figure was opened for, each to be taken off again. */
function Only({ address: { fromStage, toStage, because } }: { address: Address }) {
  const change = useChangeAddress();
  const shown: { readonly name: 'fromStage' | 'toStage' | 'because'; readonly text: string }[] = [];
  if (fromStage !== undefined)
    shown.push({ name: 'fromStage', text: t('moves.from', { stage: stageText(fromStage) }) });
  if (toStage !== undefined) shown.push({ name: 'toStage', text: t('moves.to', { stage: stageText(toStage) }) });
  if (because !== undefined) shown.push({ name: 'because', text: reasonText(because) });
  return shown.map(({ name, text }) => (
    <span key={name} className="chip list-only">
      <span className="chip-value">{text}</span>
      <button
        type="button"
        className="chip-remove"
        onClick={() => change({ [name]: undefined })}
        aria-label={t('moves.all', { only: text })}
      >
        <X aria-hidden="true" />
      </button>
    </span>
  ));
}

function Silent() {
  const columns: readonly RowColumn<SilentCustomer>[] = [
    customerColumn(({ customerId }) => customerId),
    {
      id: 'satisfaction',
      head: t('column.satisfaction'),
      cell: ({ satisfaction }) => <ScoreCell score={satisfaction} level={levelOf(satisfaction)} />,
    },
  ];
  return (
    <ListOf
      label={t('customers.silent')}
      path={pathOf('/v1/loyalty/silent', { limit: PAGE_ROWS })}
      columns={columns}
      keyOf={keyOfCustomer}
    />
  );
}

const directions = [null, 'fell', 'rose'] as const;

function Moves({ address }: { address: Address }) {
  const period = usePeriod(address);
  const change = useChangeAddress();
  if (period === null) return <NoPeriod what={t('customers.moves')} />;
  const { direction, fromStage, toStage, because } = address;
  const isOfDirection = (move: TrustChange): boolean => isFall(move) === (direction === 'fell');
  const columns: readonly RowColumn<TrustChange>[] = [
    customerColumn(({ customerId }) => customerId),
    { id: 'move', head: t('column.move'), cell: ({ from, to }) => <StageMove from={from} to={to} /> },
    { id: 'because', head: t('column.because'), className: 'wrap', cell: ({ because }) => reasonText(because) },
    { id: 'at', head: t('column.at'), cell: ({ at }) => <Time at={at} /> },
    {
      id: 'satisfaction',
      head: t('column.satisfaction'),
      className: 'number wide',
      cell: ({ satisfaction }) => scoreText(satisfaction),
    },
  ];
  return (
    <>
      <Segments
        label={t('column.move')}
        names={directions}
        chosen={nameIn(directions, direction)}
        textOf={(each) => (each === null ? t('list.all') : t(`customers.${each}`))}
        choose={(each) => change({ direction: each ?? undefined, fromStage: undefined, toStage: undefined })}
      />
      <Only address={address} />
      <ListOf
        label={t('customers.moves')}
        path={pathOf('/v1/trust-changes', {
          ...spanParameters(period),
          because,
          fromStage,
          toStage,
          limit: PAGE_ROWS,
        })}
        columns={columns}
        {...(direction === undefined ? {} : { isShown: isOfDirection })}
        keyOf={({ customerId, at, from, to }: TrustChange) => JSON.stringify([customerId, at, from, to])}
      />
    </>
  );
}
