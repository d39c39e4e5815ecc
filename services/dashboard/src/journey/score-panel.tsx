import type { Explanation } from '@touchstone/api';
import { t } from 'i18next';
import { useCallback, useMemo, useState } from 'react';
import { LazyChart } from '../charts/lazy-chart.tsx';
import type { Palette } from '../charts/palette.ts';
import { rowHeight, scaleHeight, waterfallOption } from '../charts/waterfall-option.ts';
import { Panel } from '../components/parts.tsx';
import { Empty } from '../components/states.tsx';
import { useTitles } from '../data/titles.ts';
import { verdictText } from '../i18n/words.ts';
import { ScoreTable } from './score-table.tsx';
import { folded, scoredText, type Waterfall, waterfallOf } from './waterfall.ts';
import { keyOfWhatIf, WhatIfList } from './what-if-list.tsx';

/** More rows do not fit a screen; the table has all of them. */
const momentsDrawn = 24;

export function ScorePanel({ explanation, type }: { explanation: Explanation; type: string }) {
  const titles = useTitles();
  const [chosenKey, choose] = useState<string>();
  const chosen = explanation.whatIf.find((item) => keyOfWhatIf(item) === chosenKey);
  const waterfall = useMemo(
    () => waterfallOf(explanation, (moment) => scoredText(moment, (name) => titles.touchpoint(name, type) ?? name)),
    [explanation, titles, type],
  );
  return (
    <Panel title={t('score.title')} note={t('score.note')}>
      {waterfall === null ? (
        <Empty title={t('score.nothing')}>
          <p>{t('score.begins')}</p>
        </Empty>
      ) : (
        <>
          <WaterfallChart waterfall={waterfall} without={chosen?.score ?? null} />
          <Legend />
          <WhatIfList items={explanation.whatIf} score={waterfall.score} {...{ type, chosenKey, choose }} />
          <ScoreTable explanation={explanation} waterfall={waterfall} type={type} />
        </>
      )}
    </Panel>
  );
}

/** `without` is the score without what was chosen, drawn beside the score. */
function WaterfallChart({ waterfall, without }: { waterfall: Waterfall; without: number | null }) {
  const steps = useMemo(() => folded(waterfall.steps, momentsDrawn), [waterfall]);
  const option = useCallback(
    (palette: Palette, width: number) => waterfallOption(steps, { score: waterfall.score, without }, palette, width),
    [steps, waterfall, without],
  );
  return <LazyChart option={option} height={(steps.length + 1) * rowHeight + scaleHeight + 4} />;
}

function Legend() {
  return (
    <ul className="legend small muted" aria-hidden="true">
      <li>
        <i className="swatch verdict-exceeded" /> {verdictText('exceeded')}
      </li>
      <li>
        <i className="swatch verdict-confirmed" /> {verdictText('confirmed')}
      </li>
      <li>
        <i className="swatch verdict-failed" /> {verdictText('failed')}
      </li>
      <li>
        <i className="swatch taken" /> {t('score.taken')}
      </li>
    </ul>
  );
}
