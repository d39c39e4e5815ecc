import type { Conservation, Position } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { NoPeriod } from '../components/no-period.tsx';
import { Panel, Scrolling, Time } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { usePeriod } from '../data/use-now.ts';
import { CustomerLink, PageLink, useAddress } from '../frame/links.tsx';
import { countText, missing } from '../i18n/format.ts';
import { SystemStrip } from '../overview/system-strip.tsx';
import { pathOf, spanParameters } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { type Bucket, bucketFor, buckets, inBuckets } from './buckets.ts';
import { PartsPanel } from './parts-panel.tsx';

/** Whether every event is accounted for, and how far each part has come. */
export function FlowView() {
  const position = useAnswer<Position>('/v1/position');
  const address = useAddress();
  const period = usePeriod(address);
  return (
    <div className="stack">
      <SystemStrip answer={position} />
      <PartsPanel position={position.data} />
      {period === null ? (
        <NoPeriod what={t('conservation.title')} />
      ) : (
        <ByMinute
          path={(bucket) => pathOf('/v1/conservation', { ...spanParameters(period), bucket })}
          bucket={bucketFor(address.bucket, period)}
        />
      )}
    </div>
  );
}

function ByMinute({ path, bucket }: { path: (bucket: Bucket) => string; bucket: Bucket }) {
  const change = useChangeAddress();
  const answer = useAnswer<Conservation>(path(bucket), REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('conservation.title')}
      note={t('conservation.why')}
      tools={
        <fieldset className="segments">
          <legend className="hidden">{t('conservation.bucket')}</legend>
          {buckets.map((each) => (
            <label key={each}>
              <input type="radio" name="bucket" checked={each === bucket} onChange={() => change({ bucket: each })} />
              <span>{t(`conservation.${each}`)}</span>
            </label>
          ))}
        </fieldset>
      }
    >
      <Answered answer={answer} what={t('conservation.title')} rows={8}>
        {(conservation) => <Balance conservation={conservation} />}
      </Answered>
    </Panel>
  );
}

function Balance({ conservation }: { conservation: Conservation }) {
  const { balanced, rows, gaps, totals, from, to } = conservation;
  return (
    <>
      <p className={`balance ${balanced ? 'good' : 'bad'}`} role="status">
        <strong>{balanced ? t('conservation.balanced') : t('conservation.unbalanced', { count: totals.gap })}</strong>
      </p>
      <p className="small muted">
        <Time at={from} /> – <Time at={to} />
      </p>
      <Totals totals={totals} />
      <Gaps gaps={gaps} />
      <Bars rows={rows} />
      {rows.length === 0 ? (
        <Empty title={t('conservation.nothing')}>
          <p>{t('conservation.nothingWhy')}</p>
        </Empty>
      ) : (
        <Rows rows={rows} />
      )}
    </>
  );
}

function Totals({ totals }: { totals: Conservation['totals'] }) {
  const { accepted, cut, stored, relayed, projected, parked, lag, gap } = totals;
  const told = { accepted, cut, stored, ...(relayed !== null && { relayed }), projected, parked, lag, gap };
  return (
    <dl className="facts conservation-facts">
      {Object.entries(told).map(([name, n]) => (
        <div key={name}>
          <dt title={t(`conservationMeaning.${name as 'gap'}`)}>{t(`conservationFigure.${name as 'gap'}`)}</dt>
          <dd className={name === 'gap' && n > 0 ? 'bad' : ''}>
            {name === 'parked' && n > 0 ? (
              <PageLink to="/system" with={{ view: 'events' }}>
                {countText(n)}
              </PageLink>
            ) : (
              countText(n)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The events that are missing, too many or unknown, minute by minute. */
function Gaps({ gaps }: { gaps: Conservation['gaps'] }) {
  if (gaps.length === 0) return null;
  return (
    <ul className="conservation-gaps">
      {gaps.map((gap) => (
        <li key={`${gap.minute} ${gap.source}`} className="note bad">
          <strong>{t('conservation.gap', { count: gap.gap })}</strong> <Time at={gap.minute} /> ·{' '}
          <span className="id">{gap.source}</span>
          {gap.searched === 'partly' ? <span className="small"> {t('conservation.partly')}</span> : null}
          <ul>
            {gap.events.map(({ fault, id, customerId, position }) => (
              <li key={`${fault} ${id} ${position}`}>
                {t(`conservationFault.${fault}`)}: <span className="id">{id}</span>, <CustomerLink id={customerId} />,{' '}
                {t('conservation.position', { position })}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

/** Accepted events by bucket, with gaps marked; the table has the figures. */
function Bars({ rows }: { rows: Conservation['rows'] }) {
  const bars = inBuckets(rows);
  const most = Math.max(1, ...bars.map(({ accepted }) => accepted));
  if (bars.length < 2) return null;
  return (
    <div className="conservation-bars" aria-hidden="true">
      {bars.map(({ minute, accepted, gap, rejected }) => (
        <i
          key={minute}
          className={gap > 0 ? 'bar-bad' : rejected > 0 ? 'bar-warn' : ''}
          style={{ height: `${Math.max(2, (accepted / most) * 100)}%` }}
          title={`${minute} · ${countText(accepted)}`}
        />
      ))}
    </div>
  );
}

type Row = Conservation['rows'][number];
const FIGURES = [
  'accepted',
  'cut',
  'stored',
  'relayed',
  'projected',
  'parked',
  'lag',
  'gap',
  'duplicates',
  'conflicts',
  'rejected',
] as const;

/** Rows that are shown at first, and more at a time. */
const ROWS_SHOWN = 200;

/** The rows, the latest first. */
function Rows({ rows }: { rows: readonly Row[] }) {
  const [shown, setShown] = useState(ROWS_SHOWN);
  const ordered = [...rows].sort((a, b) => (a.minute === b.minute ? 0 : a.minute < b.minute ? 1 : -1));
  return (
    <>
      <Scrolling label={t('conservation.table')}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{t('conservation.minute')}</th>
              <th scope="col">{t('conservation.source')}</th>
              {FIGURES.map((name) => (
                <th key={name} scope="col" className="number">
                  {t(`conservationFigure.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ordered.slice(0, shown).map((row) => (
              <tr key={JSON.stringify([row.minute, row.source])}>
                <td className="when">
                  <Time at={row.minute} />
                </td>
                <td>
                  <span className="id">{row.source}</span>
                </td>
                {FIGURES.map((name) => (
                  <td key={name} className="number">
                    <Count n={row[name]} isBad={name === 'gap'} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      {rows.length <= shown ? null : (
        <button type="button" className="more" onClick={() => setShown(shown + ROWS_SHOWN)}>
          {t('parts.more')}
        </button>
      )}
    </>
  );
}

function Count({ n, isBad }: { n: number | null; isBad: boolean }) {
  if (n === null) return <span className="muted">{missing}</span>;
  if (n === 0) return <span className="muted">0</span>;
  return <span className={isBad ? 'bad strong' : ''}>{countText(n)}</span>;
}
