import type { Overview } from '@touchstone/api';
import { countText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { levels, levelText, statuses } from '../words.ts';

export function SatisfactionLevels({
  byLevel,
  byStatus,
}: {
  byLevel: Overview['journeysByLevel'];
  byStatus: Overview['journeysByStatus'];
}) {
  const journeysOf = new Map<string, number>(byLevel.map(({ level, journeys }) => [level, Number(journeys)]));
  const most = Math.max(1, ...journeysOf.values());
  const note = statuses.map((status) => `${countText(byStatus[status] ?? 0)} ${status}`).join(' · ');
  return (
    <Panel title="Journeys by satisfaction" note={note}>
      <table className="levels">
        <thead className="hidden">
          <tr>
            <th scope="col">Level</th>
            <th scope="col">Score</th>
            <th scope="col">Journeys</th>
          </tr>
        </thead>
        <tbody>
          {levels.map(({ level, range }) => {
            const journeys = journeysOf.get(level) ?? 0;
            return (
              <tr key={level}>
                <th scope="row">{levelText(level)}</th>
                <td className="small muted">{range}</td>
                <td className="level-bar">
                  <i
                    className={`level-${level || 'none'}`}
                    style={{ width: `${(journeys / most) * 100}%` }}
                    aria-hidden="true"
                  />
                  <span className="number">{countText(journeys)}</span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
