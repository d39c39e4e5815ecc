import { useMutation } from '@tanstack/react-query';
import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId } from 'react';
import { DialogBox } from '../components/dialog-box.tsx';
import { Failed } from '../components/states.tsx';
import { ask, problemFrom } from '../data/ask.ts';
import { readAgain } from '../data/change.ts';

/** Tells who takes care of an alert, with a note. */
export function AcknowledgeDialog(props: { id: string; name: string; close: () => void }) {
  const { id: alertId, name, close } = props;
  const id = useId();
  const sending = useMutation({
    mutationFn: (body: object) => ask(`/v1/alerts/${encodeURIComponent(alertId)}/acknowledge`, { body }),
    onSuccess: async () => {
      await readAgain('/v1/alerts');
      close();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    sending.mutate({ by: String(form.get('by')).trim(), note: String(form.get('note')) });
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
            <button type="submit" className="primary" disabled={sending.isPending}>
              {t('alertList.acknowledge')}
            </button>
            <button type="button" onClick={close}>
              {t('alertList.cancel')}
            </button>
          </p>
        </form>
        {sending.error === null ? null : (
          <Failed problem={problemFrom(sending.error)} reload={sending.reset} what={t('alertList.acknowledge')} />
        )}
      </DialogBox>
    </Dialog.Root>
  );
}
