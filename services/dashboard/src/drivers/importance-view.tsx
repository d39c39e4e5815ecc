import type { Importance } from '@touchstone/api';
import { t } from 'i18next';
import { Figure } from '../components/figure.tsx';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { useTitles } from '../data/titles.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { countText, missing, ratingText, scoreText } from '../i18n/format.ts';
import { whereIn } from '../journeys/where-asked.ts';
import { type Address, nameIn } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { type Placed, placedIn, type Quadrant, quadrants } from './quadrants.ts';

const outcomes = ['feedback', 'bought-again'] as const;

/** Touchpoints by how much they matter and how well they do (Martilla and James). */
export function ImportanceView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const outcome = nameIn(outcomes, address.outcome);
  const body = { where: whereIn(address, period), outcome };
  const answer = useAnswer<Importance>({ path: '/v1/analytics/importance', body }, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('importance.title')}
      note={t('importance.note')}
      tools={
        <Segments
          label={t('drivers.outcome')}
          names={outcomes}
          chosen={outcome}
          textOf={(name) => t(`outcomeOf.${name}`)}
          choose={(name) => change({ outcome: name })}
        />
      }
    >
      <Answered answer={answer} what={t('importance.title')} rows={8}>
        {({ rows }) => {
          const placed = placedIn(rows);
          if (rows.length === 0) return <Empty title={t('drivers.nothing')} />;
          return (
            <Settling answer={answer}>
              {placed.length === 0 ? <p className="small muted">{t('importance.few')}</p> : <Plane placed={placed} />}
              <Table rows={rows} placed={placed} />
            </Settling>
          );
        }}
      </Answered>
    </Panel>
  );
}

/** The four quadrants; each dot opens its journeys, and the table has the figures. */
function Plane({ placed }: { placed: readonly Placed[] }) {
  const titles = useTitles();
  return (
    <div className="plane" aria-hidden="true">
      {quadrants.map((name) => (
        <span key={name} className={`plane-corner plane-${name} small`}>
          {t(`importance.${name}`)}
        </span>
      ))}
      <span className="plane-x small muted">{t('importance.importance')} →</span>
      <span className="plane-y small muted">{t('importance.performance')} →</span>
      {placed.map(({ touchpoint, x, y, quadrant }) => (
        <span
          key={touchpoint}
          className={`plane-dot plane-dot-${quadrant} ${x > 0.72 ? 'plane-left' : ''}`}
          style={{ left: `${x * 100}%`, bottom: `${y * 100}%` }}
        >
          <i />
          <span className="small">{titles.touchpoint(touchpoint) ?? touchpoint}</span>
        </span>
      ))}
    </div>
  );
}

function Table({ rows, placed }: { rows: Importance['rows']; placed: readonly Placed[] }) {
  const quadrantOf = new Map<string, Quadrant>(placed.map(({ touchpoint, quadrant }) => [touchpoint, quadrant]));
  const sorted = [...rows].sort((a, b) => (b.importance ?? -2) - (a.importance ?? -2));
  return (
    <Scrolling label={t('importance.title')}>
      <table className="rates" aria-label={t('importance.title')}>
        <thead>
          <tr>
            <th scope="col">{t('column.touchpoint')}</th>
            <th scope="col">{t('importance.quadrant')}</th>
            <th scope="col" className="number">
              {t('importance.importance')}
            </th>
            <th scope="col" className="number">
              {t('importance.performance')}
            </th>
            <th scope="col" className="number">
              {t('page.journeys')}
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ touchpoint, importance, performance: { mean, low, high }, n }) => {
            const quadrant = quadrantOf.get(touchpoint);
            return (
              <tr key={touchpoint}>
                <th scope="row">
                  <Figure behind={{ to: '/journeys', with: { touchpoint } }} label={touchpoint}>
                    <Touchpoint name={touchpoint} />
                  </Figure>
                </th>
                <td>
                  {quadrant === undefined ? <span className="muted">{missing}</span> : t(`importance.${quadrant}`)}
                </td>
                <td className="number">{importance === null ? missing : ratingText(importance)}</td>
                <td className="number">
                  {scoreText(mean)}{' '}
                  <span className="small muted">
                    {low === null || high === null ? '' : `${scoreText(low)}–${scoreText(high)}`}
                  </span>
                </td>
                <td className="number muted">{countText(n)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scrolling>
  );
}
