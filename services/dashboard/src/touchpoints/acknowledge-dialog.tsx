import { useMutation } from '@tanstack/react-query';
import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId } from 'react';
import { Failed } from '../components/states.tsx';
import { ask, problemFrom } from '../data/ask.ts';
import { queries } from '../data/use-answer.ts';

/** Tells who takes care of an alert, with a note. */
export function AcknowledgeDialog(props: { id: string; name: string; path: string; close: () => void }) {
  const { id: alertId, name, path, close } = props;
  const id = useId();
  const sending = useMutation({
    mutationFn: (body: object) => ask(`/v1/alerts/${encodeURIComponent(alertId)}/acknowledge`, { body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['rows', path] });
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
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog" aria-describedby={undefined}>
          <Dialog.Title>{t('alertList.careOf', { name })}</Dialog.Title>
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
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
