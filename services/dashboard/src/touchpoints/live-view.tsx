import type { LiveEvent } from '@touchstone/api';
import { t } from 'i18next';
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { Scrolling, StageMove, Touchpoint, VerdictBadge } from '../components/parts.tsx';
import { Segments } from '../components/segments.tsx';
import { Empty } from '../components/states.tsx';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { clockText, countText, missing, scoreText, signedText } from '../i18n/format.ts';
import { eventText, outcomeText } from '../i18n/words.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { parametersOf, pathOf } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { type Tail, useTail } from './live-tail.ts';

const outcomes = [null, 'failed', 'abandoned', 'succeeded'] as const;

/** Events as they are stored, with what each did. */
export function LiveView({ address }: { address: Address }) {
  const change = useChangeAddress();
  const [isPaused, setIsPaused] = useState(false);
  const { type, ...filters } = parametersOf(address, ['type', 'touchpoint', 'channel', 'team', 'customerId']);
  const outcome = nameIn(outcomes, address.outcome);
  const tail = useTail(pathOf('/v1/live', { ...filters, journeyType: type, outcome }), isPaused);
  return (
    <>
      <div className="tools live-tools">
        <button type="button" className="tool-button" aria-pressed={isPaused} onClick={() => setIsPaused(!isPaused)}>
          {isPaused ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}{' '}
          {t(isPaused ? 'live.go' : 'live.pause')}
        </button>
        <Segments
          label={t('column.outcome')}
          names={outcomes}
          chosen={outcome}
          textOf={(each) => (each === null ? t('list.all') : outcomeText(each))}
          choose={(each) => change({ outcome: each ?? undefined })}
        />
        <Standing tail={tail} isPaused={isPaused} />
      </div>
      {tail.rows.length === 0 ? (
        <Empty title={t('live.nothing')}>
          <p>{t('live.nothingWhy')}</p>
        </Empty>
      ) : (
        <Rows rows={tail.rows} />
      )}
    </>
  );
}

function Standing({ tail: { state, waiting, skipped, retry }, isPaused }: { tail: Tail; isPaused: boolean }) {
  return (
    <span className="live-state small muted" role="status">
      <i className={`live-dot live-${isPaused ? 'paused' : state}`} aria-hidden="true" />
      {isPaused ? t('live.paused', { n: countText(waiting) }) : t(`live.${state}`)}
      {skipped > 0 ? ` · ${t('live.skipped')}` : ''}
      {state === 'refused' ? (
        <button type="button" onClick={retry}>
          {t('state.again')}
        </button>
      ) : null}
    </span>
  );
}

function Rows({ rows }: { rows: readonly LiveEvent[] }) {
  return (
    <Scrolling label={t('touchpointsView.live')}>
      <table className="rows live-rows" aria-label={t('touchpointsView.live')}>
        <thead>
          <tr>
            <th scope="col">{t('live.stored')}</th>
            <th scope="col">{t('column.touchpoint')}</th>
            <th scope="col">{t('column.outcome')}</th>
            <th scope="col">{t('column.customer')}</th>
            <th scope="col">{t('column.journey')}</th>
            <th scope="col">{t('live.did')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.position} row={row} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** A text of an event from outside, or null where it is something else. */
const textIn = (data: unknown, name: string): string | null => {
  const value = (data as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof value === 'string' ? value : null;
};

function Row({ row: { recordedAt, customerId, did, event } }: { row: LiveEvent }) {
  const data = event?.data;
  const [touchpoint, outcome, journeyId] = ['touchpoint', 'outcome', 'journeyId'].map((name) => textIn(data, name));
  const type = textIn(event, 'type');
  return (
    <tr>
      <td className="number">
        <time dateTime={recordedAt}>{clockText(Date.parse(recordedAt))}</time>
      </td>
      <td className="wrap">
        {touchpoint ? <Touchpoint name={touchpoint} type={did?.journeyType ?? undefined} /> : null}
        {outcome === null && type !== null ? <div className="small muted">{eventText(type)}</div> : null}
      </td>
      <td>{outcome ? <span className={`badge outcome-${outcome}`}>{outcomeText(outcome)}</span> : missing}</td>
      <td>
        <CustomerLink id={customerId} className="id" />
      </td>
      <td>{journeyId ? <JourneyLink id={journeyId} customerId={customerId} className="id" /> : missing}</td>
      <td>
        <Did did={did} />
      </td>
    </tr>
  );
}

function Did({ did }: { did: LiveEvent['did'] }) {
  if (did === null) return <span className="muted">{t('live.notMeasured')}</span>;
  const { verdict, scoreBefore, scoreAfter, stageChanges } = did;
  const change = scoreAfter === null || scoreBefore === null ? null : scoreAfter - scoreBefore;
  return (
    <span className="live-did">
      {verdict === null ? null : <VerdictBadge verdict={verdict} />}
      {scoreAfter === null ? null : (
        <span className="number">
          {scoreText(scoreAfter)}
          {change === null || change === 0 ? '' : ` (${signedText(change)})`}
        </span>
      )}
      {stageChanges.map(({ from, to, at }) => (
        <StageMove key={String(at)} from={from} to={to} />
      ))}
    </span>
  );
}
