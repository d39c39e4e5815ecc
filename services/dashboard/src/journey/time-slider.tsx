import type { Journey } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { StageBadge } from '../components/parts.tsx';
import { timeText } from '../i18n/format.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { stageAt } from './standing-at.ts';

/** Goes back to how the journey stood at any of its events; at its right end it is as it is now. */
export function TimeSlider({ whole, asOf }: { whole: Journey; asOf: string | undefined }) {
  const change = useChangeAddress();
  const times = useMemo(() => [...new Set(whole.timeline.map(({ at }) => at))].sort(), [whole]);
  if (times.length < 2) return null;
  const last = times.length;
  const at =
    asOf === undefined
      ? last
      : Math.max(
          0,
          times.findLastIndex((time) => time <= asOf),
        );
  const stage = stageAt(whole, asOf);
  const text = asOf === undefined ? t('slider.now') : t('slider.asOf', { time: timeText(asOf) });
  return (
    <div className={`slider ${asOf === undefined ? '' : 'slider-past'}`}>
      <label htmlFor="as-of">{text}</label>
      {stage === null ? null : <StageBadge stage={stage} />}
      <input
        id="as-of"
        type="range"
        min={0}
        max={last}
        value={at}
        aria-valuetext={text}
        onChange={({ target: { value } }) => change({ asOf: times[Number(value)] })}
      />
      {asOf === undefined ? null : (
        <button type="button" onClick={() => change({ asOf: undefined })}>
          {t('slider.back')}
        </button>
      )}
    </div>
  );
}
