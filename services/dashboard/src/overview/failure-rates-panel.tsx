import { countText, percentText } from '../format.ts';
import { Panel, Scrolling, Touchpoint } from '../parts.tsx';
import { refreshMs } from '../refresh.ts';
import { Link, navigate, useKept } from '../router.tsx';
import { Empty, Failed, Loading, Outdated } from '../states.tsx';
import { useAnswer } from '../use-answer.ts';
import {
  type Chosen,
  chosenIn,
  failureRatesPath,
  isOthers,
  type Order,
  ordered,
  overviewPath,
  plainName,
  scaleEnd,
  type TouchpointRate,
  type TouchpointRates,
} from './failure-rates.ts';
import { Period } from './period.tsx';

const rowsAtFirst = 12;

/**
 * Failures per touchpoint with their Wilson intervals. Each touchpoint is a link that narrows the
 * list of journeys to it.
 */
export function FailureRatesPanel({ now, search }: { now: string; search: string }) {
  const chosen = chosenIn(search);
  const answer = useAnswer<TouchpointRates>(failureRatesPath(chosen, now), refreshMs);
  const { data, problem, isBehind, reload } = answer;
  return (
    <Panel
      title="Failure rate by touchpoint"
      note="Moments that did not succeed. The line is the 95 % interval: where it is long, few moments are known."
      tools={<Choices chosen={chosen} />}
    >
      <Outdated answer={answer} />
      {data === undefined && problem !== undefined ? (
        <Failed problem={problem} reload={reload} what="failure rates" />
      ) : data === undefined ? (
        <Loading what="failure rates" rows={6} />
      ) : data.rows.length === 0 ? (
        <Empty title="No moments in this period">
          <p>
            {chosen.days === null ? (
              <>
                Publish <code>touchstone.moment.recorded.v1</code> with a touchpoint, and its rate stands here.
              </>
            ) : (
              <Link to={overviewPath({ ...chosen, days: null })} replace>
                Show all time
              </Link>
            )}
          </p>
        </Empty>
      ) : (
        <div className={isBehind ? 'behind' : ''} aria-busy={isBehind}>
          <RateTable rows={data.rows} chosen={chosen} />
        </div>
      )}
    </Panel>
  );
}

function Choices({ chosen }: { chosen: Chosen }) {
  return (
    <div className="tools">
      <Period
        name="period"
        legend="Period"
        days={chosen.days}
        onChoose={(days) => navigate(overviewPath({ ...chosen, days }), 'replace')}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={chosen.byChannel}
          onChange={(event) => navigate(overviewPath({ ...chosen, byChannel: event.target.checked }), 'replace')}
        />
        By channel
      </label>
    </div>
  );
}

function RateTable({ rows, chosen }: { rows: readonly TouchpointRate[]; chosen: Chosen }) {
  const [order, setOrder] = useKept<Order>('rates-order', 'rate');
  const [isWhole, setIsWhole] = useKept('rates-whole', false);
  const end = scaleEnd(rows);
  const listed = rows.filter((row) => !isOthers(row));
  const others = rows.filter(isOthers);
  const shown = [...ordered(listed, order).slice(0, isWhole ? listed.length : rowsAtFirst), ...others];
  return (
    <>
      <Scrolling label="Failure rate by touchpoint">
        <table className="rates">
          <thead>
            <tr>
              <th scope="col">Touchpoint</th>
              {chosen.byChannel ? <th scope="col">Channel</th> : null}
              <SortHeader text="Rate" by="rate" {...{ order, setOrder }} />
              <th scope="col" className="scale">
                <span aria-hidden="true">0</span>
                <span className="hidden">95 % interval</span>
                <span aria-hidden="true">{Math.round(end * 100)} %</span>
              </th>
              <SortHeader text="Moments" by="moments" {...{ order, setOrder }} />
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <RateRow key={`${row.touchpoint} ${row.channel ?? ''}`} {...{ row, end, chosen }} />
            ))}
          </tbody>
        </table>
      </Scrolling>
      {listed.length > rowsAtFirst ? (
        <button type="button" className="more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole
            ? `Show the first ${rowsAtFirst}`
            : others.length === 0
              ? `Show all ${listed.length}`
              : `Show the ${listed.length} with most moments`}
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

function RateRow({ row, end, chosen }: { row: TouchpointRate; end: number; chosen: Chosen }) {
  const { touchpoint, channel, rate, low, high, failures, moments } = row;
  const name = plainName(touchpoint);
  const isChosen = !isOthers(row) && chosen.touchpoint === name;
  return (
    <tr className={isChosen ? 'chosen' : ''}>
      <th scope="row">
        {isOthers(row) ? (
          <span title="All touchpoints that are not listed, together">{touchpoint}</span>
        ) : (
          <Link
            to={overviewPath({ ...chosen, touchpoint: isChosen ? null : name })}
            replace
            title={isChosen ? 'Show the journeys of all touchpoints' : 'Show the journeys that met this touchpoint'}
            {...(isChosen ? { 'aria-current': 'true' as const } : {})}
          >
            <Touchpoint name={touchpoint} />
          </Link>
        )}
      </th>
      {chosen.byChannel ? <td className="muted">{channel || '–'}</td> : null}
      <td className="number strong">{percentText(rate)}</td>
      <td className="scale">
        <Whisker rate={rate} low={low} high={high} end={end} />
        <span className="hidden">
          {percentText(low)} to {percentText(high)}
        </span>
      </td>
      <td className="number" title={`${countText(failures)} of ${countText(moments)} moments did not succeed`}>
        <span className="muted small of">{countText(failures)} / </span>
        {countText(moments)}
      </td>
    </tr>
  );
}

function Whisker({
  rate,
  low,
  high,
  end,
}: {
  rate: number | null;
  low: number | null;
  high: number | null;
  end: number;
}) {
  if (rate === null || low === null || high === null) return null;
  const percent = (value: number): string => `${(value / end) * 100}%`;
  return (
    <span className="whisker" aria-hidden="true" title={`95 % interval: ${percentText(low)} to ${percentText(high)}`}>
      <i className="whisker-bar" style={{ width: percent(rate) }} />
      <i className="whisker-line" style={{ left: percent(low), width: percent(high - low) }} />
    </span>
  );
}
