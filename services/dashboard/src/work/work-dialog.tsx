import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import { DialogBox } from '../components/dialog-box.tsx';
import { currentTimeZone, dayText } from '../i18n/format.ts';
import { localDayOf, startOfDay } from '../i18n/zoned-time.ts';
import { draftOf, keepDraft, type Wanted } from './marking.ts';

const NOTE_MAX = 1000;
const snoozeDays = [1, 3, 7, 30] as const;
export type AskedAct = 'note' | 'snooze' | 'done';

/** Asks for the note, and until when; a note that was not kept is still there. */
export function WorkDialog(props: {
  act: AskedAct;
  customerId: string;
  note: string;
  now: string;
  close: () => void;
  mark: (wanted: Wanted) => void;
}) {
  const { act, customerId, note, now, close, mark } = props;
  const [days, setDays] = useState<number | 'date'>(1);
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const typed = String(form.get('note') ?? '').trim();
    const date = String(form.get('until') ?? '');
    const until = days === 'date' ? startOfDay(date, currentTimeZone()) : afterDays(now, days);
    if (until === null) return;
    close();
    if (act === 'snooze') mark({ state: 'snoozed', until, note: typed });
    else mark({ state: act === 'done' ? 'done' : 'taken', note: typed });
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => (isOpen ? undefined : close())}>
      <DialogBox
        title={t(`work.${act}`, { id: customerId })}
        className="dialog work-dialog"
        onCloseAutoFocus={(event) => event.preventDefault()}
      >
        <form className="dialog-form" onSubmit={submit}>
          {act === 'snooze' ? <Until {...{ days, setDays, now }} /> : null}
          <label htmlFor={id}>{t('work.theNote')}</label>
          <input
            id={id}
            name="note"
            maxLength={NOTE_MAX}
            autoComplete="off"
            // biome-ignore lint/a11y/noAutofocus: who opens the dialog is about to type.
            autoFocus
            defaultValue={draftOf(customerId) ?? note}
            onChange={({ target }) => keepDraft(customerId, target.value)}
          />
          <div className="dialog-end">
            <button type="button" onClick={close}>
              {t('work.cancel')}
            </button>
            <button type="submit" className="primary">
              {t(`work.go.${act}`)}
            </button>
          </div>
        </form>
      </DialogBox>
    </Dialog.Root>
  );
}

const afterDays = (now: string, days: number): string => new Date(Date.parse(now) + days * DAY_MS).toISOString();

function Until(props: { days: number | 'date'; setDays: (days: number | 'date') => void; now: string }) {
  const { days, setDays, now } = props;
  const first = localDayOf(Date.parse(now) + DAY_MS, currentTimeZone());
  return (
    <fieldset className="work-until">
      <legend>{t('work.until')}</legend>
      {snoozeDays.map((count) => (
        <label key={count}>
          <input type="radio" name="days" checked={days === count} onChange={() => setDays(count)} />
          {t('work.inDays', { count })} <span className="small muted">{dayText(afterDays(now, count))}</span>
        </label>
      ))}
      <label>
        <input type="radio" name="days" checked={days === 'date'} onChange={() => setDays('date')} />
        <input
          type="date"
          name="until"
          aria-label={t('work.untilDate')}
          min={first}
          required={days === 'date'}
          onFocus={() => setDays('date')}
        />
      </label>
    </fieldset>
  );
}
