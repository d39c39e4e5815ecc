import type { Complaints, Customer, Promises } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { Panel } from '../components/parts.tsx';
import { Loading } from '../components/states.tsx';
import { useEventsOf } from '../data/event-lines.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useNow } from '../data/use-now.ts';
import { durationText } from '../i18n/format.ts';
import { pathOf } from '../selection/selection.ts';
import { biographyOf } from './biography.ts';
import { Biography } from './biography-rows.tsx';

const ROWS_MAX = '500';

/** All that a customer went through on one time line, up to now, with the silence at its end. */
export function BiographyPanel({ customer }: { customer: Customer }) {
  const { id } = customer;
  const now = useNow();
  const { events, isCut } = useEventsOf(id);
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
  return (
    <Panel
      title={t('biography.title')}
      note={isCut ? t('biography.cut') : t('biography.note')}
      className="biography-panel"
    >
      {told === undefined ? <Loading what={t('biography.title')} rows={7} /> : <Biography told={told} />}
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
