import type { WorklistMark } from '@touchstone/api';
import { t } from 'i18next';
import { AlarmClock, Check, Hand, type LucideIcon, StickyNote } from 'lucide-react';
import { dayText, timeText } from '../i18n/format.ts';
import { type Act, acts } from './work-keys.ts';

const icons: Readonly<Record<Act, LucideIcon>> = { take: Hand, note: StickyNote, snooze: AlarmClock, done: Check };

/** Buttons to work with a customer of the worklist, each with its key. */
export function WorkButtons({ customerId, act }: { customerId: string; act: (act: Act) => void }) {
  return (
    <span className="work-buttons">
      {acts.map(({ name, key }) => {
        const Icon = icons[name];
        const label = t(`work.${name}`, { id: customerId });
        return (
          <button
            key={name}
            type="button"
            className="work-button"
            aria-label={label}
            title={`${label} (${key})`}
            onClick={() => act(name)}
          >
            <Icon aria-hidden="true" />
          </button>
        );
      })}
    </span>
  );
}

/** The mark of a customer: taken by whom, put off until when, or done, with the note. */
export function MarkLine({ mark }: { mark: WorklistMark | undefined }) {
  if (mark === undefined || mark.state === 'open') return null;
  const { state, by, at, until, note } = mark;
  const text = t(`work.mark.${state}`, { until: until === null ? '' : dayText(until) });
  return (
    <span className={`work-mark work-mark-${state} small`} title={at === '' ? undefined : timeText(at)}>
      <b>{text}</b>
      {by === '' ? null : ` · ${by}`}
      {note === '' ? null : (
        <>
          {' · '}
          <bdi>{note}</bdi>
        </>
      )}
    </span>
  );
}
