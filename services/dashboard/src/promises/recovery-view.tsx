import type { Recovery } from '@touchstone/api';
import { t } from 'i18next';
import { Trans } from 'react-i18next';
import type { Behind } from '../components/figure.tsx';
import { Interval, toneBeside } from '../components/interval.tsx';
import { Panel } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { countText, percentText, scoreText, signedText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { type Changes, type Period, parametersOf, pathOf, spanParameters, untaken } from '../selection/selection.ts';
import { takenByPromises } from '../selection/taken.ts';

/** Whether recovering from a failure changes what comes after: the next score, and buying again. */
export function RecoveryView({ address, period }: { address: Address; period: Period }) {
  const path = pathOf('/v1/recovery', { ...parametersOf(address, ['type']), ...spanParameters(period) });
  const answer = useAnswer<Recovery>(path, REPORT_REFRESH_MS);
  return (
    <Answered answer={answer} what={t('promisesView.recovery')} rows={6}>
      {(data) =>
        data.cases === 0 ? (
          <Empty title={t('recovery.nothing')} />
        ) : (
          <Effects data={data} clear={untaken(address, takenByPromises(address))} />
        )
      }
    </Answered>
  );
}

interface Difference {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

function Effects({ data, clear }: { data: Recovery; clear: Changes }) {
  const { cases, recovered, next, boughtAgain } = data;
  const behind = (side: 'both' | 'true' | 'false', known?: 'next-score' | 'bought-again'): Behind => ({
    to: '/journeys',
    with: { ...clear, view: undefined, recovered: side, known },
  });
  const inPoints = (rate: Difference): Difference => ({
    difference: times100(rate.difference),
    low: times100(rate.low),
    high: times100(rate.high),
  });
  return (
    <div className="stack">
      <p className="headline-like">
        <Trans
          i18nKey="recovery.cases"
          values={{ cases: countText(cases), recovered: countText(recovered) }}
          components={{ all: <PageLink {...behind('both')} />, those: <PageLink {...behind('true')} /> }}
        />
      </p>
      <div className="grid-two">
        <Panel title={t('recovery.next')} note={t('recovery.nextNote')}>
          <Sides
            rows={[
              [t('recovery.recovered'), scoreText(next.recovered.mean), next.recovered.n, behind('true', 'next-score')],
              [t('recovery.not'), scoreText(next.not.mean), next.not.n, behind('false', 'next-score')],
            ]}
          />
          <Effect name={t('recovery.difference')} effect={next} unit={t('recovery.points')} />
          <Effect name={t('recovery.stratified')} effect={next.stratified} unit={t('recovery.points')} />
        </Panel>
        <Panel title={t('recovery.again')} note={t('recovery.againNote')}>
          <Sides
            rows={[
              [
                t('recovery.recovered'),
                percentText(boughtAgain.recovered.rate),
                boughtAgain.recovered.n,
                behind('true', 'bought-again'),
              ],
              [
                t('recovery.not'),
                percentText(boughtAgain.not.rate),
                boughtAgain.not.n,
                behind('false', 'bought-again'),
              ],
            ]}
          />
          <Effect
            name={t('recovery.difference')}
            effect={inPoints(boughtAgain)}
            unit={t('recovery.percentagePoints')}
          />
        </Panel>
      </div>
    </div>
  );
}

const times100 = (value: number | null): number | null => (value === null ? null : value * 100);

function Sides({ rows }: { rows: readonly (readonly [string, string, number, Behind])[] }) {
  return (
    <dl className="recovery-sides">
      {rows.map(([name, value, n, behind]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <b className="big">{value}</b>{' '}
            <span className="small muted">
              {n === 0 ? (
                t('recovery.of', { count: n })
              ) : (
                <PageLink to={behind.to} with={behind.with} title={t('figure.open', { what: name })}>
                  {t('recovery.of', { count: n })}
                </PageLink>
              )}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A difference with its interval, and in words whether chance may explain it. */
function Effect({ name, effect, unit }: { name: string; effect: Difference; unit: string }) {
  const { difference, low, high } = effect;
  const reach = Math.max(1, Math.abs(low ?? 0), Math.abs(high ?? 0), Math.abs(difference ?? 0)) * 1.1;
  const tone = toneBeside(0, effect);
  return (
    <div className="recovery-effect">
      <p>
        {name}: <b>{difference === null ? t('recovery.unknown') : `${signedText(difference)} ${unit}`}</b>
      </p>
      <Interval value={difference} low={low} high={high} from={-reach} to={reach} line={0} tone={tone} />
      {low === null || high === null ? null : (
        <p className="small muted">
          {t('failing.from', { low: signedText(low), high: signedText(high) })}.{' '}
          {t(tone === 'plain' ? 'recovery.chance' : 'recovery.sure')}
        </p>
      )}
    </div>
  );
}
