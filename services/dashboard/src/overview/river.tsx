import type { Stages } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { bucketText, countText, percentText } from '../i18n/format.ts';
import { stages, stageText } from '../i18n/words.ts';
import { AxisMarks } from '../marks/axis-marks.tsx';
import type { Period } from '../selection/selection.ts';
import { useMovesByTime } from './period-questions.ts';
import { bandsOf } from './river-bands.ts';
import { flowsOf } from './river-flows.ts';
import { LossMarks, LossTable } from './river-losses.tsx';

type Bucket = Stages['buckets'][number];

const WIDTH = 1000;
const HEIGHT = 240;

/**
 * Stages as bands over time, `none` at the bottom, and who moved between them, with a mark for each
 * loss. Pointer and arrows show one time.
 */
export function River({ buckets, period }: { buckets: readonly Bucket[]; period: Period }) {
  const moves = useMovesByTime(period).data?.rows ?? [];
  const [at, setAt] = useState<number | null>(null);
  if (buckets.length < 2) return <p className="small muted river-short">{t('river.short')}</p>;
  const bands = bandsOf(buckets, WIDTH, HEIGHT);
  const { flows, losses } = flowsOf(buckets, moves, [WIDTH, HEIGHT]);
  const last = buckets.length - 1;
  const shown = at === null ? undefined : buckets[Math.min(at, last)];
  const onPointer = ({ clientX, currentTarget }: PointerEvent<HTMLElement>): void => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setAt(Math.max(0, Math.min(last, Math.round(((clientX - left) / width) * last))));
  };
  const onKey = ({ key }: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step !== undefined) setAt(Math.max(0, Math.min(last, (at ?? last) + step)));
  };
  const isFine = Date.parse(buckets[1]!.start) - Date.parse(buckets[0]!.start) < DAY_MS;
  const timeOf = (bucket: Bucket): string => bucketText(bucket.start, isFine);
  return (
    <div>
      <div className="river-box">
        <AxisMarks start={Date.parse(buckets[0]!.start)} end={Date.parse(buckets[last]!.start)} />
        <div
          className="river"
          role="slider"
          tabIndex={0}
          aria-label={t('river.drawing')}
          aria-valuemin={0}
          aria-valuemax={last}
          aria-valuenow={at ?? last}
          aria-valuetext={textOf(shown ?? buckets[last]!, timeOf)}
          onPointerMove={onPointer}
          onPointerLeave={() => setAt(null)}
          onKeyDown={onKey}
          onBlur={() => setAt(null)}
        >
          <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
            {bands.map(({ stage, path }) => (
              <path key={stage} className={`river-band fill-${stage}`} d={path} />
            ))}
            {flows.map(({ key, isFall, path, width }) => (
              <path
                key={key}
                className={isFall ? 'river-flow river-fall' : 'river-flow'}
                d={path}
                strokeWidth={Math.max(1, width)}
              />
            ))}
          </svg>
          {at === null ? null : <i className="river-line" style={{ left: `${(at / last) * 100}%` }} />}
          {shown === undefined || at === null ? null : (
            <Shown bucket={shown} time={timeOf(shown)} isRight={at > last / 2} />
          )}
          <p className="river-axis small muted" aria-hidden="true">
            {[0, Math.floor(last / 2), last].map((index) => (
              <span key={index}>{timeOf(buckets[index]!)}</span>
            ))}
          </p>
        </div>
        <LossMarks losses={losses} isFine={isFine} />
      </div>
      <LossTable losses={losses} isFine={isFine} />
    </div>
  );
}

const totalOf = (bucket: Bucket): number => stages.reduce((sum, stage) => sum + bucket[stage], 0);

function textOf(bucket: Bucket, timeOf: (bucket: Bucket) => string): string {
  return [timeOf(bucket), ...stages.map((stage) => `${stageText(stage)} ${countText(bucket[stage])}`)].join(', ');
}

function Shown({ bucket, time, isRight }: { bucket: Bucket; time: string; isRight: boolean }) {
  const total = totalOf(bucket);
  return (
    <div className={`river-shown ${isRight ? 'river-shown-left' : ''}`}>
      <b>{time}</b>
      {stages.toReversed().map((stage) => (
        <span key={stage}>
          <i className={`swatch band-${stage}`} /> {stageText(stage)}
          <b className="number">{countText(bucket[stage])}</b>
          <span className="muted number">{percentText(total === 0 ? null : bucket[stage] / total)}</span>
        </span>
      ))}
    </div>
  );
}
