import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId } from 'react';
import { DialogBox } from '../components/dialog-box.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { readAgain } from '../data/change.ts';
import { useDoing } from '../data/use-doing.ts';

/** Tells who takes care of an alert, with a note. */
export function AcknowledgeDialog(props: { id: string; name: string; close: () => void }) {
  const { id: alertId, name, close } = props;
  const id = useId();
  const doing = useDoing(close);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { by: String(form.get('by')).trim(), note: String(form.get('note')) };
    void doing.start(async () => {
      await ask(`/v1/alerts/${encodeURIComponent(alertId)}/acknowledge`, { body });
      await readAgain('/v1/alerts');
    });
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => (isOpen ? undefined : close())}>
      <DialogBox title={t('alertList.careOf', { name })}>
        <form className="fields" onSubmit={submit}>
          <label htmlFor={`${id}-by`}>{t('alertList.by')}</label>
          <input id={`${id}-by`} name="by" required maxLength={256} autoComplete="name" />
          <label htmlFor={`${id}-note`}>{t('column.note')}</label>
          <input id={`${id}-note`} name="note" maxLength={1000} autoComplete="off" />
          <p className="fields-end">
            <button type="submit" className="primary" disabled={doing.isBusy}>
              {t('alertList.acknowledge')}
            </button>
            <button type="button" onClick={close}>
              {t('alertList.cancel')}
            </button>
          </p>
        </form>
        <Undone problem={doing.problem} />
      </DialogBox>
    </Dialog.Root>
  );
}
