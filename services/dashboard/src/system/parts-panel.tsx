import type { Clock, Position } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Time } from '../components/parts.tsx';
import { Failed, Outdated } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { countText, durationText } from '../i18n/format.ts';
import { type Samples, sampleOf, useMetrics } from './metrics.ts';

/** How far each part of the system has come, and how far it is behind. */
export function PartsPanel({ position }: { position: Position | undefined }) {
  const metrics = useMetrics();
  const samples = metrics.data ?? [];
  const { data: clock } = useAnswer<Clock>('/v1/clock', REPORT_REFRESH_MS);
  if (position === undefined) return null;
  const log = BigInt(position.log);
  const relayed = sampleOf(samples, 'touchstone_relayed_position');
  return (
    <Panel title={t('systemFlow.parts')} note={t('systemFlow.partsWhy')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('systemFlow.part')}</th>
            <th scope="col" className="number">
              {t('systemFlow.at')}
            </th>
            <th scope="col" className="number">
              {t('systemFlow.behind')}
            </th>
            <th scope="col">{t('systemFlow.since')}</th>
          </tr>
        </thead>
        <tbody>
          <Part name={t('system.log')} at={log} log={log} />
          {relayed === undefined ? null : (
            <Part name={t('systemFlow.relay')} at={BigInt(Math.trunc(relayed))} log={log} />
          )}
          <Part name={t('system.rows')} at={BigInt(position.projected)} log={log} lagMs={position.lagMs} />
          {lanes(samples).map(({ lane, lag }) => (
            <tr key={lane}>
              <th scope="row">{t('systemFlow.lane', { lane })}</th>
              <td />
              <td className={`number ${lag > 0 ? 'bad' : ''}`}>{countText(lag)}</td>
              <td>{t('systemFlow.messages')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Outdated answer={metrics} />
      {metrics.data !== undefined || metrics.problem === undefined ? null : (
        <Failed problem={metrics.problem} reload={metrics.reload} what={t('systemFlow.parts')} />
      )}
      {clock === undefined ? null : <ClockLine clock={clock} />}
    </Panel>
  );
}

function Part({ name, at, log, lagMs }: { name: string; at: bigint; log: bigint; lagMs?: number }) {
  const behind = log > at ? log - at : 0n;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{countText(String(at))}</td>
      <td className="number">{behind === 0n ? t('system.noLag') : countText(String(behind))}</td>
      <td>{lagMs === undefined || behind === 0n ? '' : durationText(lagMs)}</td>
    </tr>
  );
}

/** Messages of Kafka that each lane of the projectors has not taken yet; none without Kafka. */
function lanes(samples: Samples): readonly { readonly lane: string; readonly lag: number }[] {
  return samples.flatMap(({ name, labels, value }) =>
    name === 'touchstone_lane_lag_messages' ? [{ lane: labels.lane ?? '', lag: value }] : [],
  );
}

function ClockLine({ clock }: { clock: Clock }) {
  const [latest] = clock.leaps;
  return (
    <p className="small muted system-clock">
      {clock.offByMs === 0
        ? t('systemFlow.clockTrusted')
        : t('systemFlow.clockOff', { duration: durationText(Math.abs(clock.offByMs)) })}{' '}
      {latest === undefined ? null : (
        <>
          {t('systemFlow.leapt', {
            duration: durationText(Math.abs(latest.byMs)),
            outcome: t(`leap.${latest.outcome}`),
          })}{' '}
          <Time at={latest.at} />
        </>
      )}
    </p>
  );
}
