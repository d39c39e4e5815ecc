import type { Overview } from '@touchstone/api';
import { t } from 'i18next';
import { Panel } from '../components/parts.tsx';
import { PageLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { levels, levelText, statuses, statusText } from '../i18n/words.ts';

/** All journeys by the level of their score, and each level's journeys behind it. */
export function LevelsPanel(props: { byLevel: Overview['journeysByLevel']; byStatus: Overview['journeysByStatus'] }) {
  const journeysOf = new Map(props.byLevel.map(({ level, journeys }) => [level as string, Number(journeys)]));
  const most = Math.max(1, ...journeysOf.values());
  const note = statuses.map((status) => `${countText(props.byStatus[status] ?? 0)} ${statusText(status)}`).join(' · ');
  return (
    <Panel title={t('levels.title')} note={t('levels.note', { byStatus: note })}>
      <table className="levels">
        <thead className="hidden">
          <tr>
            <th scope="col">{t('column.level')}</th>
            <th scope="col">{t('column.score')}</th>
            <th scope="col">{t('page.journeys')}</th>
          </tr>
        </thead>
        <tbody>
          {levels.map(({ level, range }) => {
            const journeys = journeysOf.get(level) ?? 0;
            const behind = { level, last: 'all', sort: 'score' };
            return (
              <tr key={level}>
                <th scope="row">
                  {level === '' ? (
                    levelText(level)
                  ) : (
                    <PageLink to="/journeys" with={behind}>
                      {levelText(level)}
                    </PageLink>
                  )}
                </th>
                <td className="small muted">{range}</td>
                <td className="level-bar">
                  <i
                    className={`level-${level || 'none'}`}
                    style={{ width: `${(journeys / most) * 100}%` }}
                    aria-hidden="true"
                  />
                  {level === '' ? (
                    <span className="number">{countText(journeys)}</span>
                  ) : (
                    <PageLink to="/journeys" with={behind} className="number">
                      {countText(journeys)}
                    </PageLink>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
