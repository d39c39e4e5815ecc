import type { Clock, Complaints, Customer, Promises } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { Panel } from '../components/parts.tsx';
import { Failed, Loading } from '../components/states.tsx';
import { useEventsOf } from '../data/event-lines.ts';
import { useAnswer } from '../data/use-answer.ts';
import { durationText } from '../i18n/format.ts';
import { pathOf } from '../selection/selection.ts';
import { biographyOf } from './biography.ts';
import { Biography } from './biography-rows.tsx';

const ROWS_MAX = '500';

/** All that a customer went through on one time line, up to now, with the silence at its end. */
export function BiographyPanel({ customer }: { customer: Customer }) {
  const { id } = customer;
  const clock = useAnswer<Clock>('/v1/clock');
  const now = clock.data?.now;
  const { events, isCut, problem: withoutEvents } = useEventsOf(id);
  const promises = useAnswer<Promises>(pathOf('/v1/promises', { customerId: id, limit: ROWS_MAX }));
  const complaints = useAnswer<Complaints>(pathOf('/v1/complaints', { customerId: id, limit: ROWS_MAX }));
  const told = useMemo(
    () =>
      now === undefined || events === undefined || promises.data === undefined || complaints.data === undefined
        ? undefined
        : biographyOf({ customer, events, promises: promises.data.items, complaints: complaints.data.items, now }),
    [customer, events, promises.data, complaints.data, now],
  );
  if (told === null) return null;
  const asked = [clock, promises, complaints];
  const problem = asked.find(({ data }) => data === undefined)?.problem ?? withoutEvents;
  const reload = (): void => {
    for (const answer of asked) answer.reload();
  };
  return (
    <Panel
      title={t('biography.title')}
      note={isCut ? t('biography.cut') : t('biography.note')}
      className="biography-panel"
    >
      {told !== undefined ? (
        <Biography told={told} />
      ) : problem === undefined ? (
        <Loading what={t('biography.title')} rows={7} />
      ) : (
        <Failed problem={problem} reload={reload} what={t('biography.title')} />
      )}
      {told === undefined ? null : (
        <p className="small muted">
          {told.rhythmMs === null
            ? t('biography.noRhythm', { silence: durationText(told.silenceMs) })
            : t('biography.rhythm', { silence: durationText(told.silenceMs), rhythm: durationText(told.rhythmMs) })}
        </p>
      )}
    </Panel>
  );
}
