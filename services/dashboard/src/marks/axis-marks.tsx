import { t } from 'i18next';
import { timeText } from '../i18n/format.ts';
import { useMarks } from './use-marks.ts';

/**
 * Marks on a time axis that spans the box around it, from `start` to `end` (ms). Marks that lie
 * close to each other show their texts when they are pointed at.
 */
export function AxisMarks({ start, end }: { start: number; end: number }) {
  const marks = useMarks(start, end);
  if (marks.length === 0 || end <= start) return null;
  const placeOf = (at: number): number => ((at - start) / (end - start)) * 100;
  return (
    <ul className="axis-marks" aria-label={t('marks.title')}>
      {marks.map(({ at, text, name }, index) => {
        const place = placeOf(at);
        const next = marks[index + 1];
        const room = (next === undefined ? 100 : placeOf(next.at)) - place;
        return (
          <li
            key={`${at} ${name ?? text}`}
            className={`axis-mark ${place > 80 ? 'axis-mark-left' : ''} ${room < 10 ? 'axis-mark-close' : ''}`}
            style={{ left: `${place}%` }}
            title={`${text} · ${timeText(at)}`}
          >
            <span>{text}</span>
          </li>
        );
      })}
    </ul>
  );
}
