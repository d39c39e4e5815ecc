import { t } from 'i18next';
import { type ReactNode, useEffect } from 'react';
import { type RowColumn, RowTable } from '../components/row-table.tsx';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { useRows } from '../data/use-further.ts';

/** Rows that the API gives a page at a time, with how many there are. */
export function ListOf<Row extends object>(props: {
  label: string;
  path: string;
  /** Makes the list the answer to a question with a body. */
  body?: object;
  columns: readonly RowColumn<Row>[];
  keyOf: (row: Row) => string;
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  empty?: ReactNode;
  /** Leaves out rows that the API has no filter for; all pages are read to find the others. */
  isShown?: (row: Row) => boolean;
  /** Leaves out rows that the API is about to leave out too. */
  isKept?: (row: Row) => boolean;
  /** Attributes of a row's element, by which others find it. */
  attributesOf?: (row: Row) => Readonly<Record<`data-${string}`, string>>;
}) {
  const { label, path, body, empty, isShown, isKept = () => true, ...table } = props;
  const list = useRows<Row>({ path, ...(body === undefined ? {} : { body }) });
  const rows = list.rows?.filter((row) => isKept(row) && (isShown === undefined || isShown(row)));
  const isSearching = isShown !== undefined && list.hasMore && !list.isLoading && list.problem === undefined;
  useEffect(() => {
    if (isSearching) list.more();
  });
  if (rows === undefined) {
    return list.problem === undefined ? (
      <Loading what={label} rows={10} />
    ) : (
      <Failed problem={list.problem} reload={list.reload} what={label} />
    );
  }
  if (rows.length === 0 && !list.hasMore)
    return <Empty title={t('list.nothing')}>{empty ?? <p>{t('list.nothingWhy')}</p>}</Empty>;
  return (
    <>
      <p className="list-count small muted" role="status">
        {list.hasMore ? t('list.atLeast', { count: rows.length }) : t('list.count', { count: rows.length })}
        <button type="button" className="quiet" onClick={list.reload}>
          {t('list.reload')}
        </button>
      </p>
      <RowTable {...table} label={label} rows={rows} hasMore={list.hasMore} more={list.more} />
      {list.problem === undefined ? null : (
        <p className="small bad">
          {list.problem.message}{' '}
          <button type="button" onClick={list.more}>
            {t('state.again')}
          </button>
        </p>
      )}
    </>
  );
}

/** Lists of one page, of which the address names one. */
export function Tabs<Name extends string>(props: {
  label: string;
  names: readonly Name[];
  chosen: Name;
  textOf: (name: Name) => ReactNode;
  choose: (name: Name) => void;
}) {
  const { label, names, chosen, textOf, choose } = props;
  return (
    <nav className="tabs" aria-label={label}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          className="tab"
          onClick={() => choose(name)}
          {...(name === chosen ? { 'aria-current': 'page' as const } : {})}
        >
          {textOf(name)}
        </button>
      ))}
    </nav>
  );
}
