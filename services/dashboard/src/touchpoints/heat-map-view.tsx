import type { FailureRate, FailureRates, Objectives } from '@touchstone/api';
import { t } from 'i18next';
import { onGridKey } from '../components/grid-keys.ts';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Said } from '../components/said.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { Whisker } from '../components/whisker.tsx';
import { isOthers, plainName } from '../data/reserved-names.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { bucketText, countText, currentTimeZone, percentText } from '../i18n/format.ts';
import { ordered, scaleEnd } from '../overview/rate-order.ts';
import type { Address } from '../selection/address.ts';
import {
  bucketOf,
  type Changes,
  type Period,
  parametersOf,
  pathOf,
  spanParameters,
  untaken,
} from '../selection/selection.ts';
import { takenByTouchpoints } from '../selection/taken.ts';
import { allowedAt } from './allowed.ts';
import { type HeatColumn, type HeatMap, type HeatRow, heatMapOf, shadeOf } from './heat-map.ts';

/** Touchpoints listed; the others are one row. */
const TOUCHPOINTS_MAX = '60';

interface Shown {
  readonly address: Address;
  readonly period: Period;
}

/** Failure rates of each touchpoint over the time of the period. */
export function HeatMapView({ address, period }: Shown) {
  const asked = {
    by: 'touchpoint',
    groupsMax: TOUCHPOINTS_MAX,
    ...parametersOf(address, takenByTouchpoints(address)),
    ...spanParameters(period),
  };
  const path = '/v1/touchpoints/failure-rates';
  const bucket = bucketOf(period);
  const whole = useAnswer<FailureRates>(pathOf(path, asked), REPORT_REFRESH_MS);
  const cells = useAnswer<FailureRates>(
    pathOf(path, { ...asked, bucket, timeZone: currentTimeZone() }),
    REPORT_REFRESH_MS,
  );
  const objectives = useAnswer<Objectives>('/v1/objectives', REPORT_REFRESH_MS).data?.items ?? [];
  return (
    <Panel title={t('heat.title')} note={t('heat.note')}>
      <Answered answer={cells} what={t('heat.title')} rows={9}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title={t('failing.nothing')}>
              <p>{t('failing.nothingWhy')}</p>
            </Empty>
          ) : (
            <Settling answer={cells}>
              <HeatTable
                cells={data}
                totals={whole.data?.rows ?? []}
                isFine={bucket === '1h'}
                {...{ objectives }}
                clear={untaken(address, takenByTouchpoints(address))}
              />
              <Legend />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

function HeatTable(props: {
  cells: FailureRates;
  totals: readonly FailureRate[];
  isFine: boolean;
  objectives: Objectives['items'];
  clear: Changes;
}) {
  const { cells, totals, isFine, objectives, clear } = props;
  const totalOf = new Map(totals.map((row) => [row.touchpoint ?? '', row]));
  const order = ordered(totals, 'rate').map(({ touchpoint = '' }) => touchpoint);
  const map: HeatMap = heatMapOf(cells, order);
  const timeOf = ({ from }: HeatColumn): string => bucketText(from, isFine);
  const end = scaleEnd(totals);
  return (
    <Scrolling label={t('heat.title')}>
      <table className="heat" onKeyDown={onGridKey}>
        <thead>
          <tr>
            <th scope="col" className="heat-name">
              {t('column.touchpoint')}
            </th>
            <th scope="col" className="heat-whole">
              {t('heat.whole')}
            </th>
            {map.columns.map((column) => (
              <th key={column.from} scope="col" className={column.isOpen ? 'heat-open' : ''}>
                <span>{timeOf(column)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {map.rows.map((row, index) => (
            <tr key={row.touchpoint}>
              <Name {...{ row, clear }} />
              <td className="heat-whole">
                <Whole row={totalOf.get(row.touchpoint)} end={end} allowed={allowedAt(row, objectives)} />
              </td>
              <Cells {...{ row, timeOf, clear }} columns={map.columns} isFirst={index === 0} />
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function Name({ row, clear }: { row: HeatRow; clear: Changes }) {
  const name = plainName(row.touchpoint);
  return (
    <th scope="row" className="heat-name">
      {isOthers(row) ? (
        <span title={t('failing.others')}>{row.touchpoint}</span>
      ) : (
        <PageLink
          to="/touchpoints"
          with={{ ...clear, view: 'moments', touchpoint: name, failed: 'true' }}
          title={t('heat.open')}
        >
          <Touchpoint name={name} />
        </PageLink>
      )}
    </th>
  );
}

function Whole({ row, end, allowed }: { row: FailureRate | undefined; end: number; allowed: number | null }) {
  if (row === undefined) return null;
  const { rate, low, high } = row;
  const isOver = allowed !== null && low !== null && low > allowed;
  return (
    <>
      <span className={`number strong ${isOver ? 'bad' : ''}`} title={textOf(row)}>
        {percentText(rate)}
      </span>
      <Whisker {...{ rate, low, high, end, allowed }} />
      <span className="hidden">
        {textOf(row)}
        {allowed === null ? '' : `, ${t('heat.allowed', { rate: percentText(allowed) })}`}
      </span>
    </>
  );
}

const textOf = ({ failures, moments, low, high }: FailureRate): string =>
  `${t('failing.of', { failures: countText(failures), moments: countText(moments) })}, ${t('failing.from', { low: percentText(low), high: percentText(high) })}`;

function Cells(props: {
  row: HeatRow;
  columns: readonly HeatColumn[];
  timeOf: (column: HeatColumn) => string;
  isFirst: boolean;
  clear: Changes;
}) {
  const { row, columns, timeOf, isFirst, clear } = props;
  const first = row.cells.findIndex((cell) => (cell?.moments ?? 0) > 0);
  return columns.map((column, at) => {
    const cell = row.cells[at];
    if (cell === undefined || cell.moments === 0) return <td key={column.from} className="heat-none" />;
    const shade = shadeOf(cell.low);
    const text = `${timeOf(column)}: ${percentText(cell.rate)}, ${textOf(cell)}`;
    const shown = cell.failures === 0 ? '·' : String(Math.round((cell.rate ?? 0) * 100));
    return (
      <td key={column.from} className={`heat-cell heat-${shade}`} title={text}>
        {isOthers(row) || cell.failures === 0 ? (
          <span>
            <Said {...{ shown, text }} />
          </span>
        ) : (
          <PageLink
            to="/touchpoints"
            with={{
              ...clear,
              view: 'moments',
              touchpoint: plainName(row.touchpoint),
              failed: 'true',
              last: undefined,
              from: column.from,
              to: column.to,
            }}
            tabIndex={isFirst && at === first ? 0 : -1}
          >
            <Said {...{ shown, text }} />
          </PageLink>
        )}
      </td>
    );
  });
}

function Legend() {
  return (
    <p className="heat-legend small muted">
      <span aria-hidden="true">
        {Array.from({ length: 8 }, (_, shade) => (
          <i key={shade} className={`heat-${shade}`} />
        ))}
      </span>
      {t('heat.legend')}
    </p>
  );
}
