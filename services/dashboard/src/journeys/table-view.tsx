import type { JourneySummary } from '@touchstone/api';
import { t } from 'i18next';
import { Download } from 'lucide-react';
import { BASE_PATH } from '../data/ask.ts';
import { ListOf } from '../lists/list-page.tsx';
import type { Address } from '../selection/address.ts';
import { type Period, parametersOf, pathOf, spanParameters, wholeWhere } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { ColumnMenu, columnsIn } from './journey-columns.tsx';

const PAGE_ROWS = '100';

/** The journeys of a selection, whole. */
export function TableView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const sort = address.sort ?? '-startedAt';
  const selection = { ...parametersOf(address, wholeWhere), ...spanParameters(period) };
  const columns = columnsIn(address.columns);
  return (
    <>
      <div className="list-tools">
        <ColumnMenu shown={columns.map(({ id }) => id)} choose={(text) => change({ columns: text })} />
        <a
          className="tool-button"
          href={`${BASE_PATH}${pathOf('/v1/export/journeys', { ...selection, format: 'csv' })}`}
          download="journeys.csv"
          title={t('journeysTable.csvWhy')}
        >
          <Download aria-hidden="true" /> {t('journeysTable.csv')}
        </a>
      </div>
      <ListOf
        label={t('page.journeys')}
        path={pathOf('/v1/journeys', { ...selection, sort, limit: PAGE_ROWS })}
        columns={columns}
        keyOf={({ customerId, id }: JourneySummary) => JSON.stringify([customerId, id])}
        sort={sort}
        onSort={(next) => change({ sort: next })}
      />
    </>
  );
}
