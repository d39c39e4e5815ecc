import type { FailureRate, FailureRates, Objectives } from '@touchstone/api';
import { t } from 'i18next';
import { Change } from '../components/figure.tsx';
import { ScaleHead } from '../components/interval.tsx';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { Whisker } from '../components/whisker.tsx';
import { isOthers, plainName } from '../data/reserved-names.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { useKept } from '../frame/places.ts';
import { countText, percentText } from '../i18n/format.ts';
import type { Period } from '../selection/selection.ts';
import { allowedAt } from '../touchpoints/allowed.ts';
import { keyOf } from './news.ts';
import { type Compared, useFailureRates } from './period-questions.ts';
import { type Order, ordered, scaleEnd } from './rate-order.ts';

type Objective = Objectives['items'][number];
const ROWS_AT_FIRST = 10;

/** Failures of each touchpoint with Wilson intervals, against objectives if there are some. */
export function FailingPanel(props: { rates: Compared<FailureRates>; period: Period; compares: boolean }) {
  const [byChannel, setByChannel] = useKept('failing-by-channel', false);
  const whole = useFailureRates(props.period, props.compares, 'touchpoint');
  const rates = byChannel ? props.rates : whole;
  const objectives = useAnswer<Objectives>('/v1/objectives', REPORT_REFRESH_MS).data?.items ?? [];
  return (
    <Panel
      title={t('failing.title')}
      note={t('failing.note')}
      tools={
        <label className="check">
          <input type="checkbox" checked={byChannel} onChange={() => setByChannel(!byChannel)} />
          {t('failing.byChannel')}
        </label>
      }
    >
      <Answered answer={rates.now} what={t('failing.title')} rows={6}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title={t('failing.nothing')}>
              <p>{t('failing.nothingWhy')}</p>
            </Empty>
          ) : (
            <Settling answer={rates.now}>
              <RateTable
                rows={data.rows}
                before={props.compares ? rates.before?.rows : undefined}
                {...{ byChannel, objectives }}
              />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

function RateTable(props: {
  rows: readonly FailureRate[];
  before: readonly FailureRate[] | undefined;
  byChannel: boolean;
  objectives: readonly Objective[];
}) {
  const { rows, before, byChannel, objectives } = props;
  const [order, setOrder] = useKept<Order>('rates-order', 'rate');
  const [isWhole, setIsWhole] = useKept('rates-whole', false);
  const end = scaleEnd(rows);
  const listed = rows.filter((row) => !isOthers(row));
  const others = rows.filter(isOthers);
  const shown = [...ordered(listed, order).slice(0, isWhole ? listed.length : ROWS_AT_FIRST), ...others];
  const earlier = new Map(before?.map((row) => [keyOf(row), row]));
  return (
    <>
      <Scrolling label={t('failing.title')}>
        <table className="rates">
          <thead>
            <tr>
              <th scope="col">{t('column.touchpoint')}</th>
              {byChannel ? <th scope="col">{t('column.channel')}</th> : null}
              <SortHeader text={t('column.rate')} by="rate" {...{ order, setOrder }} />
              <ScaleHead marks={[0, percentText(end)]} />
              <SortHeader text={t('column.moments')} by="moments" {...{ order, setOrder }} />
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <RateRow
                key={keyOf(row)}
                {...{ row, end, byChannel }}
                before={earlier.get(keyOf(row))}
                allowed={allowedAt(row, objectives)}
              />
            ))}
          </tbody>
        </table>
      </Scrolling>
      {listed.length > ROWS_AT_FIRST ? (
        <button type="button" className="more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole
            ? t('failing.first', { count: ROWS_AT_FIRST })
            : t(others.length === 0 ? 'failing.all' : 'failing.most', { count: listed.length })}
        </button>
      ) : null}
    </>
  );
}

function SortHeader(props: { text: string; by: Order; order: Order; setOrder: (order: Order) => void }) {
  const isSorted = props.order === props.by;
  return (
    <th scope="col" className="number" {...(isSorted ? { 'aria-sort': 'descending' } : {})}>
      <button type="button" className="sort" onClick={() => props.setOrder(props.by)}>
        {props.text}
        <span aria-hidden="true">{isSorted ? ' ↓' : ''}</span>
      </button>
    </th>
  );
}

function RateRow(props: {
  row: FailureRate;
  before: FailureRate | undefined;
  allowed: number | null;
  end: number;
  byChannel: boolean;
}) {
  const { row, before, allowed, end, byChannel } = props;
  const { touchpoint = '', channel = '', rate, low, high, failures, moments } = row;
  const isOver = allowed !== null && low !== null && low > allowed;
  const behind = {
    touchpoint: plainName(touchpoint),
    ...(byChannel && channel ? { channel: plainName(channel) } : {}),
  };
  return (
    <tr>
      <th scope="row">
        {isOthers(row) ? (
          <span title={t('failing.others')}>{touchpoint}</span>
        ) : (
          <PageLink to="/journeys" with={{ ...behind, hasFailure: 'true', sort: 'score' }} title={t('failing.open')}>
            <Touchpoint name={touchpoint} />
          </PageLink>
        )}
      </th>
      {byChannel ? <td className="muted">{channel || '–'}</td> : null}
      <td className={`number strong ${isOver ? 'bad' : ''}`}>
        {percentText(rate)}
        <div className="small">
          <Change now={rate} before={before?.rate} as="rate" better="less" />
        </div>
      </td>
      <td className="scale">
        <Whisker rate={rate} low={low} high={high} end={end} allowed={allowed} />
        <span className="hidden">{t('failing.from', { low: percentText(low), high: percentText(high) })}</span>
      </td>
      <td className="number" title={t('failing.of', { failures: countText(failures), moments: countText(moments) })}>
        <span className="muted small of">{countText(failures)} / </span>
        {countText(moments)}
      </td>
    </tr>
  );
}
