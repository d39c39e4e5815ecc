import type { Conformance } from '@touchstone/api';
import { t } from 'i18next';
import { toneBeside } from '../components/interval.tsx';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { durationText, missing, percentText, signedText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { Journeys } from './figures.tsx';
import { conformanceBody } from './questions-of-views.ts';
import type { Side } from './sides.tsx';
import { useDefinition } from './use-steps.ts';

type Deviation = Conformance['deviations'][number];

/** How far journeys keep to the steps of their type, and what their deviations go with. */
export function ConformancePanel({ side: { address, period } }: { side: Side }) {
  const definition = useDefinition(address.type);
  const hasSteps = (definition?.steps ?? []).length > 0;
  const answer = useAnswer<Conformance>(
    hasSteps ? { path: '/v1/analytics/conformance', body: conformanceBody(address, period) } : null,
    REPORT_REFRESH_MS,
  );
  const change = useChangeAddress();
  const { includeOpen } = address;
  const link = { view: 'variants', ...(includeOpen === undefined ? {} : { includeOpen }) };
  return (
    <Panel
      title={t('conformance.title')}
      note={t('conformance.note')}
      tools={
        <label className="check">
          <input
            type="checkbox"
            checked={includeOpen === 'true'}
            onChange={() => change({ includeOpen: includeOpen === 'true' ? undefined : 'true' })}
          />
          {t('conformance.includeOpen')}
        </label>
      }
    >
      {definition !== undefined && !hasSteps ? (
        <Empty title={address.type === undefined ? t('conformance.noType') : t('conformance.noSteps')}>
          <p>{address.type === undefined ? t('conformance.noTypeWhy') : t('conformance.noStepsWhy')}</p>
        </Empty>
      ) : (
        <Answered answer={answer} what={t('conformance.title')} rows={8}>
          {({ conforming: { n, k, rate, low, high }, deviations, open }) => (
            <Settling answer={answer}>
              <p className="conformance-rate">
                <span className="big">{percentText(rate)}</span>{' '}
                <span className="muted small">
                  {t('failing.from', { low: percentText(low), high: percentText(high) })}
                </span>
              </p>
              <dl className="conformance-counts small">
                <dt>{t('conformance.conforming')}</dt>
                <dd>
                  <Journeys n={k} of={{ ...link, conforming: 'true' }} label={t('conformance.conforming')} />
                </dd>
                <dt>{t('conformance.deviating')}</dt>
                <dd>
                  <Journeys n={n - k} of={{ ...link, conforming: 'false' }} label={t('conformance.deviating')} />
                </dd>
                <dt>{t('conformance.open')}</dt>
                <dd>{open}</dd>
              </dl>
              <Deviations deviations={deviations} type={address.type} link={link} />
            </Settling>
          )}
        </Answered>
      )}
    </Panel>
  );
}

interface Linked {
  readonly type: string | undefined;
  readonly link: Address;
}

function Deviations({ deviations, ...linked }: Linked & { deviations: readonly Deviation[] }) {
  if (deviations.length === 0) return <p className="small muted">{t('conformance.none')}</p>;
  return (
    <Scrolling label={t('conformance.deviations')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('conformance.deviations')}</th>
            <th scope="col" className="number">
              {t('page.journeys')}
            </th>
            <th scope="col" className="number">
              {t('conformance.effect')}
            </th>
            <th scope="col" className="number">
              {t('conformance.medians')}
            </th>
          </tr>
        </thead>
        <tbody>
          {deviations.map((deviation) => (
            <DeviationRow key={`${deviation.kind} ${deviation.touchpoint}`} deviation={deviation} {...linked} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function DeviationRow({ deviation, type, link }: Linked & { deviation: Deviation }) {
  const { kind, touchpoint, cases, share, with: those, without, effect } = deviation;
  const { difference, low, high } = effect;
  const tone = toneBeside(0, effect);
  return (
    <tr>
      <th scope="row" className="wrap">
        <span className={`badge deviation-${kind}`}>{t(`deviation.${kind}`)}</span>{' '}
        <Touchpoint name={touchpoint} type={type} />
      </th>
      <td className="number">
        <Journeys n={cases} of={{ ...link, kind, at: touchpoint }} label={`${t(`deviation.${kind}`)}: ${touchpoint}`} />
        <div className="small muted">{percentText(share)}</div>
      </td>
      <td className={`number ${tone === 'plain' ? '' : tone}`}>
        {difference === null ? missing : signedText(difference)}
        {low === null || high === null ? null : (
          <div className="small muted">{t('failing.from', { low: signedText(low), high: signedText(high) })}</div>
        )}
      </td>
      <td className="number">
        {durationText(those.medianMs)}
        <div className="small muted">{durationText(without.medianMs)}</div>
      </td>
    </tr>
  );
}
