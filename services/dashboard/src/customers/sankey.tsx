import type { Transitions } from '@touchstone/api';
import { stages } from '@touchstone/api/vocabulary';
import { countText } from '../i18n/format.ts';
import { stageText } from '../i18n/words.ts';
import { sankeyOf } from './sankey-bands.ts';

const [WIDTH, HEIGHT] = [400, 300];

/** Moves between trust stages as bands; the table beside it has the same in figures and links. */
export function Sankey({ rows }: { rows: Transitions['rows'] }) {
  const { nodes, bands } = sankeyOf(rows, WIDTH, HEIGHT);
  const isFall = (from: string, to: string): boolean => stages.indexOf(to as 'none') < stages.indexOf(from as 'none');
  return (
    <div className="sankey" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {bands.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} d={path} className={isFall(from, to) ? 'sankey-fall' : 'sankey-rise'} />
        ))}
      </svg>
      {nodes.map(({ stage, side, y, height, changes }) => (
        <span
          key={`${side} ${stage}`}
          className={`sankey-node sankey-${side} small`}
          style={{ top: `${(y / HEIGHT) * 100}%`, height: `${Math.max(1, (height / HEIGHT) * 100)}%` }}
        >
          <i className={`band-${stage}`} />
          <span>
            {stageText(stage)} <b className="number">{countText(changes)}</b>
          </span>
        </span>
      ))}
    </div>
  );
}
