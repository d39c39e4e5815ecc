import type { ExplainedMoment, Explanation } from '@touchstone/api';
import { percentText, ratingText, scoreText, signedText } from '../format.ts';
import { Scrolling, Time, Touchpoint, VerdictBadge } from '../parts.tsx';
import { adjustmentText, surveyText } from '../words.ts';
import type { Step, Waterfall } from './waterfall.ts';

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
  const further = waterfall.steps.filter((step) => step.kind !== 'moment');
  return (
    <Scrolling label="How the score came about, in figures">
      <table className="rows score-table">
        <caption className="hidden">How the score came about, in figures</caption>
        <thead>
          <tr>
            <th scope="col">Moment</th>
            <th scope="col" className="number" title="Effective weight: peak and end count more">
              Share
            </th>
            <th scope="col" className="number">
              × Score
            </th>
            <th scope="col" className="number">
              = Gives
            </th>
            <th scope="col">Verdict</th>
            <th scope="col" className="number" title="On the scale 1 to 5">
              Expected
            </th>
            <th scope="col" className="number" title="On the scale 1 to 5">
              Got
            </th>
            <th scope="col" className="number">
              Weight
            </th>
          </tr>
        </thead>
        <tbody>
          {explanation.moments.map((moment) => (
            <MomentRow key={`${moment.eventId} ${moment.at}`} moment={moment} type={type} />
          ))}
          {further.map((step) => (
            <FurtherRow key={`${step.kind} ${step.label}`} step={step} />
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              Score
            </th>
            <td className="number strong">{scoreText(waterfall.score)}</td>
            <td colSpan={4} className={waterfall.addsUp ? 'small good' : 'small bad'}>
              {waterfall.addsUp ? '✓ adds up' : '! does not add up: please report this'}
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
        {moment.instrument === null ? null : `${surveyText(moment.instrument, null)} `}
        {moment.touchpoint === null ? null : (
          <>
            {moment.instrument === null ? null : 'at '}
            <Touchpoint name={moment.touchpoint} type={type} />
          </>
        )}
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

const whys: Readonly<Record<string, string>> = {
  others: 'further on: the timeline shows more',
  'broken-promises': 'kept late, or not at all',
  'open-complaints': 'not resolved yet',
  clamp: 'a score is never below 0 nor above 100',
  cap: 'a critical moment failed and was not recovered',
};

function FurtherRow({ step }: { step: Step }) {
  return (
    <tr>
      <th scope="row" colSpan={3}>
        {step.kind === 'adjustment' ? adjustmentText(step.label) : step.label}
      </th>
      <td className="number strong">{signedText(step.points)}</td>
      <td colSpan={4} className="small muted">
        {whys[step.kind === 'adjustment' ? step.label : step.kind]}
      </td>
    </tr>
  );
}
