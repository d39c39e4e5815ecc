import type { JourneySummary } from '@touchstone/api';
import { t } from 'i18next';
import { ScoreCell, StatusBadge, Time, TypeName, troublesText } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Loading, usePageTitle } from '../components/states.tsx';
import { usePeriod } from '../data/use-now.ts';
import { CustomerLink, JourneyLink, useAddress } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { parametersOf, pathOf, spanParameters, wholeWhere } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { ListOf } from './list-page.tsx';

const PAGE_ROWS = '100';

const columns = (): readonly RowColumn<JourneySummary>[] => [
  {
    id: 'score',
    head: t('column.score'),
    sort: 'score',
    cell: ({ score, level }) => <ScoreCell score={score} level={level} />,
  },
  {
    id: 'journey',
    head: t('column.journey'),
    cell: ({ id, customerId, type }) => (
      <>
        <JourneyLink id={id} customerId={customerId} className="id strong" />
        <div className="small muted">
          <TypeName type={type} />
        </div>
      </>
    ),
  },
  {
    id: 'customer',
    head: t('column.customer'),
    className: 'wide',
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  { id: 'troubles', head: t('column.troubles'), className: 'wrap', cell: troublesText },
  { id: 'status', head: t('column.status'), cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'moments', head: t('column.moments'), className: 'number wide', cell: ({ moments }) => countText(moments) },
  {
    id: 'startedAt',
    head: t('column.startedAt'),
    sort: 'startedAt',
    className: 'wide',
    cell: ({ startedAt }) => <Time at={startedAt} />,
  },
  {
    id: 'lastAt',
    head: t('column.lastAt'),
    sort: 'lastAt',
    className: 'wide',
    cell: ({ lastAt }) => <Time at={lastAt} />,
  },
];

/** The journeys of the selection, whole. */
export function JourneysPage() {
  usePageTitle(t('page.journeys'));
  const address = useAddress();
  const period = usePeriod(address);
  const change = useChangeAddress();
  const sort = address.sort ?? '-startedAt';
  if (period === null) return <Loading what={t('page.journeys')} rows={10} />;
  const path = pathOf('/v1/journeys', {
    ...parametersOf(address, wholeWhere),
    ...spanParameters(period),
    sort,
    limit: PAGE_ROWS,
  });
  return (
    <>
      <h1>{t('page.journeys')}</h1>
      <ListOf
        label={t('page.journeys')}
        path={path}
        columns={columns()}
        keyOf={({ customerId, id }: JourneySummary) => JSON.stringify([customerId, id])}
        sort={sort}
        onSort={(next) => change({ sort: next })}
      />
    </>
  );
}
