import { t } from 'i18next';
import { Scrolling } from '../components/parts.tsx';
import { PageLink } from '../frame/links.tsx';
import { bucketText, countText, listText } from '../i18n/format.ts';
import { reasonText, stageText } from '../i18n/words.ts';
import type { Changes } from '../selection/selection.ts';
import type { Loss } from './river-flows.ts';

/**
 * A mark on the river for each loss, at its time and on the edge of its band: why, and the moves
 * behind it. The key Tab comes to those with words; the table has all.
 */
export function LossMarks({ losses, isFine }: { losses: readonly Loss[]; isFine: boolean }) {
  if (losses.length === 0) return null;
  return (
    <ul className="river-losses" aria-label={t('river.losses')}>
      {losses.map((loss) => (
        <li key={loss.key} style={{ left: `${loss.x * 100}%`, top: `${loss.y * 100}%` }}>
          <PageLink
            to="/customers"
            with={behind(loss)}
            className={`river-loss ${loss.isNamed ? 'river-loss-named' : ''} ${loss.isLate ? 'river-loss-late' : ''}`}
            style={{ '--size': `${sizeOf(loss.n)}px` } as object}
            title={wholeText(loss, isFine)}
            tabIndex={loss.isNamed ? 0 : -1}
          >
            <i aria-hidden="true" />
            <span className="river-words small" aria-hidden="true">
              <b>{countText(loss.n)}</b> {whyText(loss)}
            </span>
            <span className="hidden">{wholeText(loss, isFine)}</span>
          </PageLink>
        </li>
      ))}
    </ul>
  );
}

/** Area grows with the number of customers, up to a size that hides no other. */
const sizeOf = (n: number): number => Math.round(Math.min(18, 6 + 2 * Math.sqrt(n)));

const whyText = ({ reasons }: Loss): string => listText(reasons.map(({ because }) => reasonText(because)));

/** Has the words that are seen, for those who speak what they see. */
const wholeText = (loss: Loss, isFine: boolean): string =>
  t('river.loss', {
    when: bucketText(loss.bucket.start, isFine),
    stage: stageText(loss.stage),
    n: countText(loss.n),
    why: whyText(loss),
  });

const inBucket = ({ bucket }: Loss): Changes => ({ last: undefined, from: bucket.start, to: bucket.end });

/** Only one reason is one that the list can be asked for. */
const behind = (loss: Loss): Changes => ({
  ...inBucket(loss),
  list: 'moves',
  direction: 'fell',
  of: loss.stage,
  ...(loss.reasons.length === 1 ? { because: loss.reasons[0]!.because } : {}),
});

/** The same in figures, the latest first, reason by reason. */
export function LossTable({ losses, isFine }: { losses: readonly Loss[]; isFine: boolean }) {
  if (losses.length === 0) return null;
  return (
    <details className="small river-table">
      <summary>{t('river.inFigures')}</summary>
      <Scrolling label={t('river.inFigures')}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{t('column.at')}</th>
              <th scope="col">{t('column.stage')}</th>
              <th scope="col">{t('column.because')}</th>
              <th scope="col" className="number">
                {t('river.fell')}
              </th>
            </tr>
          </thead>
          <tbody>
            {losses.toReversed().flatMap((loss) =>
              loss.reasons.map(({ because, n }) => (
                <tr key={`${loss.key} ${because}`}>
                  <th scope="row">{bucketText(loss.bucket.start, isFine)}</th>
                  <td>{stageText(loss.stage)}</td>
                  <td>{reasonText(because)}</td>
                  <td className="number">
                    <PageLink to="/customers" with={{ ...behind(loss), because }} className="figure">
                      {countText(n)}
                    </PageLink>
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </Scrolling>
    </details>
  );
}
