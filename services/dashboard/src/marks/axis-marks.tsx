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
        const [before, next] = [marks[index - 1], marks[index + 1]];
        const room = (next === undefined ? 100 : placeOf(next.at)) - place;
        const roomBefore = place - (before === undefined ? 0 : placeOf(before.at));
        return (
          <li
            key={`${at} ${name ?? text}`}
            className={`axis-mark ${sideOf(room, roomBefore)}`}
            style={{ left: `${place}%`, width: `${room}%` }}
            title={`${text} · ${timeText(at)}`}
          >
            <span>{text}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** Shares of the axis, in percent, that a text needs behind its mark, or before it. */
const ROOM = 10;
const ROOM_BEFORE = 20;

/** A text stands behind its mark, before it, or is shown when one points at the mark. */
function sideOf(room: number, roomBefore: number): string {
  if (room >= ROOM) return '';
  return roomBefore >= ROOM_BEFORE ? 'axis-mark-left' : 'axis-mark-close';
}
