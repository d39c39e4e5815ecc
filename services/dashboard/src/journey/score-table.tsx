import type { ExplainedMoment, Explanation } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { Trans } from 'react-i18next';
import { Scrolling, Time, Touchpoint, VerdictBadge } from '../components/parts.tsx';
import { countText, percentText, ratingText, scoreText, signedText } from '../i18n/format.ts';
import { adjustmentText } from '../i18n/words.ts';
import type { Step, Waterfall } from './waterfall.ts';

const MOMENTS_AT_FIRST = 60;
/** Many more at once would hold the page up. */
const MOMENTS_FURTHER = 500;

/**
 * The complete waterfall as a table: every moment, the adjustments, the clamp, the veto, and the
 * sum.
 */
export function ScoreTable({
  explanation,
  waterfall,
  type,
}: {
  explanation: Explanation;
  waterfall: Waterfall;
  type: string;
}) {
  const [most, setMost] = useState(MOMENTS_AT_FIRST);
  const { moments } = explanation;
  const further = waterfall.steps.filter((step) => step.kind !== 'moment');
  return (
    <Scrolling label={t('score.inFigures')}>
      <table className="rows score-table">
        <caption className="hidden">{t('score.inFigures')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('column.moment')}</th>
            <th scope="col" className="number" title={t('score.shareMeaning')}>
              {t('score.share')}
            </th>
            <th scope="col" className="number">
              {t('score.times')}
            </th>
            <th scope="col" className="number">
              {t('score.gives')}
            </th>
            <th scope="col">{t('score.verdict')}</th>
            <th scope="col" className="number" title={t('score.scale')}>
              {t('score.expected')}
            </th>
            <th scope="col" className="number" title={t('score.scale')}>
              {t('score.got')}
            </th>
            <th scope="col" className="number">
              {t('score.weight')}
            </th>
          </tr>
        </thead>
        <tbody>
          {moments.slice(0, most).map((moment) => (
            <MomentRow key={`${moment.eventId} ${moment.at}`} moment={moment} type={type} />
          ))}
          {moments.length <= most ? null : (
            <tr>
              <td colSpan={8}>
                <button type="button" className="more" onClick={() => setMost(most + MOMENTS_FURTHER)}>
                  {t('score.showMore', { count: Math.min(MOMENTS_FURTHER, moments.length - most) })}
                </button>
              </td>
            </tr>
          )}
          {further.map((step) => (
            <FurtherRow key={`${step.kind} ${step.label}`} step={step} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {t('column.score')}
            </th>
            <td className="number strong">{scoreText(waterfall.score)}</td>
            <td colSpan={4} className={waterfall.addsUp ? 'small good' : 'small bad'}>
              {waterfall.addsUp ? t('score.addsUp') : t('score.addsNotUp')}
            </td>
          </tr>
        </tfoot>
      </table>
    </Scrolling>
  );
}

function MomentRow({ moment, type }: { moment: ExplainedMoment; type: string }) {
  return (
    <tr>
      <th scope="row">
        <MomentName moment={moment} type={type} />
        <div className="small muted">
          <Time at={moment.at} />
        </div>
      </th>
      <td className="number">{percentText(moment.share)}</td>
      <td className="number">{scoreText(moment.score)}</td>
      <td className="number strong">{signedText(moment.share * moment.score)}</td>
      <td>
        <VerdictBadge verdict={moment.verdict} />
      </td>
      <td className="number">{ratingText(moment.expectation)}</td>
      <td className="number">{ratingText(moment.perception)}</td>
      <td className="number">{ratingText(moment.weight)}</td>
    </tr>
  );
}

/** The touchpoint, or the survey that was answered, and where. */
function MomentName({ moment: { instrument, touchpoint }, type }: { moment: ExplainedMoment; type: string }) {
  const survey = instrument?.toUpperCase();
  if (touchpoint === null) return survey ?? t('journey.feedback');
  const place = <Touchpoint name={touchpoint} type={type} />;
  if (survey === undefined) return place;
  return <Trans i18nKey="journey.surveyAtPlace" values={{ survey }} components={{ place }} />;
}

function FurtherRow({ step }: { step: Step }) {
  return (
    <tr>
      <th scope="row" colSpan={3}>
        {step.kind === 'adjustment' ? adjustmentText(step.label) : step.label}
      </th>
      <td className="number strong">{signedText(step.points)}</td>
      <td colSpan={4} className="small muted">
        {whyText(step)}
      </td>
    </tr>
  );
}

function whyText({ kind, label, count }: Step): string {
  if (kind === 'others') return t('score.whyOthers', { n: countText(count ?? 0) });
  if (kind === 'clamp') return t('score.whyClamp');
  if (kind === 'cap') return t('score.whyCap');
  return label === 'broken-promises'
    ? t('score.whyPromises')
    : label === 'open-complaints'
      ? t('score.whyComplaints')
      : '';
}
