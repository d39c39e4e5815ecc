import type { Heartbeats, Watches } from '@touchstone/api';
import { parseDuration } from '@touchstone/api/duration';
import { t } from 'i18next';
import { Figure } from '../components/figure.tsx';
import { Time, Touchpoint } from '../components/parts.tsx';
import { countText, durationText, percentText } from '../i18n/format.ts';
import { stageText } from '../i18n/words.ts';
import { Card } from './card.tsx';

/** A heartbeat: when the last moment came, and whether that is too long ago. */
export function HeartbeatCard({ state, now }: { state: Heartbeats['items'][number]; now: string }) {
  const { name, heartbeat, last, firing } = state;
  const { touchpoint, channel, silentAfter, hours } = heartbeat;
  const behind = {
    to: '/touchpoints' as const,
    with: { touchpoint, channel, type: undefined, team: undefined, site: undefined, view: 'moments', last: 'all' },
  };
  return (
    <Card
      kind="heartbeat"
      {...{ name, firing }}
      what={
        <>
          <Touchpoint name={touchpoint} /> {channel ?? ''} ·{' '}
          {t('watched.silentAfter', { silentAfter: spanText(silentAfter) })}
          {hours === undefined ? '' : ` · ${hours.from}–${hours.to} ${hours.timeZone}`}
        </>
      }
    >
      <p>
        <span className={`badge heartbeat-${state.state}`}>{t(`heartbeat.${state.state}`)}</span>{' '}
        {last === null ? (
          t('watched.never')
        ) : (
          <Figure behind={behind} label={name}>
            {t('watched.last')} <Time at={last} now={now} />
          </Figure>
        )}
      </p>
    </Card>
  );
}

/** A watch over losses of a trust stage. */
export function WatchCard({ state }: { state: Watches['items'][number] }) {
  const { name, watch, left, members, firing } = state;
  const { stage, within, atLeast, rate } = watch;
  const behind = {
    to: '/customers' as const,
    with: { list: 'moves', fromStage: stage, direction: 'fell', last: within, from: undefined, to: undefined },
  };
  return (
    <Card
      kind="watch"
      {...{ name, firing }}
      what={t(rate === undefined ? 'watched.watch' : 'watched.watchRate', {
        stage: stageText(stage),
        within: spanText(within),
        n: countText(atLeast),
        rate: percentText(rate),
      })}
    >
      <p>
        <Figure behind={left === 0 ? undefined : behind} label={name}>
          {t('watched.left', { left: countText(left), members: countText(members) })}
        </Figure>
      </p>
    </Card>
  );
}

/** A duration as the API writes it, `PT2H`, for readers. */
const spanText = (written: string): string => durationText(parseDuration(written));
