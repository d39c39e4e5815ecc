import type { Explanation } from '@touchstone/api';
import { useCallback, useMemo } from 'react';
import { LazyChart } from '../charts/lazy-chart.tsx';
import type { Palette } from '../charts/palette.ts';
import { rowHeight, scaleHeight, waterfallOption } from '../charts/waterfall-option.ts';
import { Panel } from '../parts.tsx';
import { Empty } from '../states.tsx';
import { useTitles } from '../titles.ts';
import { verdictText } from '../words.ts';
import { ScoreTable } from './score-table.tsx';
import { folded, scoredText, type Waterfall, waterfallOf } from './waterfall.ts';

/** More rows do not fit a screen; the table has all of them. */
const momentsDrawn = 24;

export function ScorePanel({ explanation, type }: { explanation: Explanation; type: string }) {
  const titles = useTitles();
  const waterfall = useMemo(
    () => waterfallOf(explanation, (moment) => scoredText(moment, (name) => titles.touchpoint(name, type) ?? name)),
    [explanation, titles, type],
  );
  return (
    <Panel
      title="How the score came about"
      note="Each moment gives its share times its score. The pale part of a bar is what the moment did not give."
    >
      {waterfall === null ? (
        <Empty title="Nothing is scored yet">
          <p>The score begins with the first moment, or the first csat or ces feedback, of the journey.</p>
        </Empty>
      ) : (
        <>
          <WaterfallChart waterfall={waterfall} />
          <Legend />
          <ScoreTable explanation={explanation} waterfall={waterfall} type={type} />
        </>
      )}
    </Panel>
  );
}

function WaterfallChart({ waterfall }: { waterfall: Waterfall }) {
  const steps = useMemo(() => folded(waterfall.steps, momentsDrawn), [waterfall]);
  const option = useCallback(
    (palette: Palette, width: number) => waterfallOption(steps, waterfall.score, palette, width),
    [steps, waterfall],
  );
  return <LazyChart option={option} height={(steps.length + 1) * rowHeight + scaleHeight + 4} />;
}

function Legend() {
  return (
    <ul className="legend small muted" aria-hidden="true">
      <li>
        <i className="swatch verdict-exceeded" /> {verdictText.exceeded}
      </li>
      <li>
        <i className="swatch verdict-confirmed" /> {verdictText.confirmed}
      </li>
      <li>
        <i className="swatch verdict-failed" /> {verdictText.failed}
      </li>
      <li>
        <i className="swatch taken" /> taken off
      </li>
    </ul>
  );
}
