import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { t } from 'i18next';
import { type ReactNode, useCallback, useEffect, useMemo, useRef } from 'react';
import { useRowKeys } from './row-keys.ts';
import { useOffset } from './use-offset.ts';

export interface RowColumn<Row> {
  readonly id: string;
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** Name of the API's sort order, ascending; the column's head sorts by it. */
  readonly sort?: string;
  /** `wide`: only where there is room. */
  readonly className?: string;
}

const features = tableFeatures({});
const ROW_HEIGHT_PX = 49;
const OVERSCAN = 12;

/**
 * A table of any length: only the rows near the window are in the document, and further ones are
 * loaded before the reader reaches them. The keys j and k go from row to row.
 */
export function RowTable<Row extends object>(props: {
  label: string;
  rows: readonly Row[];
  columns: readonly RowColumn<Row>[];
  keyOf: (row: Row) => string;
  hasMore: boolean;
  more: () => void;
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  attributesOf?: (row: Row) => Readonly<Record<`data-${string}`, string>>;
}) {
  const { label, rows, columns, keyOf, hasMore, more, sort, onSort, attributesOf } = props;
  const box = useRef<HTMLTableElement>(null);
  const offset = useOffset(box, rows.length > 0);
  const definitions = useMemo(() => definitionsOf(columns), [columns]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT_PX,
    overscan: OVERSCAN,
    scrollMargin: offset,
    getItemKey: useKeys(rows, keyOf),
  });
  const items = virtual.getVirtualItems();
  // The table knows the rows near the window alone: a model of a hundred thousand takes too long.
  const near = useMemo(() => items.flatMap(({ index }) => rows[index] ?? []), [items, rows]);
  const table = useTable({ features, columns: definitions, data: near, getRowId: keyOf });
  const { rows: shown } = table.getRowModel();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && lastIndex >= rows.length - OVERSCAN) more();
  });
  useRowKeys(box);
  const above = (items[0]?.start ?? offset) - offset;
  const below = Math.max(0, virtual.getTotalSize() - ((items.at(-1)?.end ?? offset) - offset));
  return (
    <table ref={box} className="rows row-table" aria-label={label} aria-rowcount={hasMore ? -1 : rows.length + 1}>
      <thead>
        <tr>
          {columns.map((column) => (
            <Head key={column.id} column={column} sort={sort} onSort={onSort} />
          ))}
        </tr>
      </thead>
      <tbody>
        <Space height={above} columns={columns.length} />
        {items.map(({ index, key }, place) => (
          <tr
            key={key}
            data-index={index}
            ref={virtual.measureElement}
            aria-rowindex={index + 2}
            data-row=""
            {...(shown[place] === undefined ? {} : attributesOf?.(shown[place].original))}
          >
            {shown[place]?.getAllCells().map((cell, column) => (
              <td key={cell.id} className={columns[column]?.className}>
                <table.FlexRender cell={cell} />
              </td>
            ))}
          </tr>
        ))}
        <Space height={below} columns={columns.length} />
      </tbody>
    </table>
  );
}

/** The key of the row at a place. A new function makes the virtualizer measure all rows anew. */
function useKeys<Row>(rows: readonly Row[], keyOf: (row: Row) => string) {
  const latest = useRef(keyOf);
  useEffect(() => {
    latest.current = keyOf;
  });
  return useCallback(
    (index: number) => {
      const row = rows[index];
      return row === undefined ? index : latest.current(row);
    },
    [rows],
  );
}

function definitionsOf<Row extends object>(columns: readonly RowColumn<Row>[]) {
  const helper = createColumnHelper<typeof features, Row>();
  return columns.map(({ id, head, cell }) =>
    helper.display({ id, header: head, cell: ({ row }) => cell(row.original) }),
  );
}

function Space({ height, columns }: { height: number; columns: number }) {
  return height <= 0 ? null : (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: an empty row cannot take the focus.
    <tr aria-hidden="true" className="space">
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

function Head<Row>(props: {
  column: RowColumn<Row>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  const isUp = sort !== undefined && sort === column.sort;
  const isDown = sort !== undefined && sort === `-${column.sort}`;
  const order = isUp ? 'ascending' : isDown ? 'descending' : undefined;
  return (
    <th scope="col" className={column.className} {...(order === undefined ? {} : { 'aria-sort': order })}>
      {column.sort === undefined || onSort === undefined ? (
        column.head
      ) : (
        <button
          type="button"
          className="sort"
          title={t('list.sort', { column: column.head })}
          onClick={() => onSort(isDown ? String(column.sort) : `-${column.sort}`)}
        >
          {column.head}
          <span aria-hidden="true">{isUp ? ' ↑' : isDown ? ' ↓' : ''}</span>
        </button>
      )}
    </th>
  );
}
