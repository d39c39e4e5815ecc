import { t } from 'i18next';
import { Flag, Trash2 } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import { DialogBox } from '../components/dialog-box.tsx';
import { tell } from '../components/notices.tsx';
import { change, nameFor } from '../data/change.ts';
import { currentTimeZone, timeText } from '../i18n/format.ts';
import { instantOf, localTextOf } from '../i18n/zoned-time.ts';
import { ANNOTATIONS, type Mark, useMarks } from './use-marks.ts';

const TEXT_MAX = 200;

/** Puts a mark on every time axis, and removes marks that people put. */
export function MarksDialog({ now }: { now: string }) {
  // Outlives the dialog, so that nothing that was typed is lost.
  const [text, setText] = useState('');
  const marks = useMarks();
  return (
    <Dialog.Root>
      <Dialog.Trigger className="tool-button">
        <Flag aria-hidden="true" /> {t('marks.short')}
      </Dialog.Trigger>
      <DialogBox title={t('marks.title')} why={t('marks.why')}>
        <PutForm {...{ text, setText, now }} taken={marks} />
        <List marks={marks} />
        <div className="dialog-end">
          <Dialog.Close asChild>
            <button type="button">{t('notice.close')}</button>
          </Dialog.Close>
        </div>
      </DialogBox>
    </Dialog.Root>
  );
}

function PutForm(props: { text: string; setText: (text: string) => void; now: string; taken: readonly Mark[] }) {
  const { text, setText, now, taken } = props;
  const [textId, timeId] = [useId(), useId()];
  const zone = currentTimeZone();
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const at = instantOf(String(new FormData(event.currentTarget).get('at')), zone);
    const given = text.trim();
    if (given === '' || at === null) return;
    const names = taken.flatMap(({ name }) => name ?? []);
    if (await change(ANNOTATIONS, nameFor(given, names, 'mark'), { at, text: given })) setText('');
  };
  return (
    <form className="dialog-form" onSubmit={(event) => void submit(event)}>
      <label htmlFor={textId}>{t('marks.text')}</label>
      <input
        id={textId}
        value={text}
        required
        maxLength={TEXT_MAX}
        autoComplete="off"
        placeholder={t('marks.placeholder')}
        onChange={({ target }) => setText(target.value)}
      />
      <label htmlFor={timeId}>{t('marks.at', { zone })}</label>
      <input id={timeId} name="at" type="datetime-local" required defaultValue={localTextOf(Date.parse(now), zone)} />
      <div className="dialog-end">
        <button type="submit" className="primary">
          {t('marks.put')}
        </button>
      </div>
    </form>
  );
}

function List({ marks }: { marks: readonly Mark[] }) {
  if (marks.length === 0) return <p className="small muted">{t('marks.nothing')}</p>;
  return (
    <ul className="marks-list">
      {marks.toReversed().map(({ name, text, at }) => (
        <li key={`${at} ${name ?? text}`}>
          <span>
            <bdi>{text}</bdi> <span className="small muted">{timeText(at)}</span>
          </span>
          {name === null ? null : (
            <button
              type="button"
              className="quiet"
              aria-label={t('marks.remove', { text })}
              onClick={() => void remove(name, text, at)}
            >
              <Trash2 aria-hidden="true" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

async function remove(name: string, text: string, at: number): Promise<void> {
  if (!(await change(ANNOTATIONS, name, null))) return;
  const undo = () => void change(ANNOTATIONS, name, { at: new Date(at).toISOString(), text });
  tell({ text: t('marks.removed', { text }), undo });
}
