import { Link, useLocation } from '@tanstack/react-router';
import type { Views } from '@touchstone/api';
import { t } from 'i18next';
import { Bookmark, Pencil, Trash2 } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type FormEvent, useId, useState } from 'react';
import { tell } from '../components/notices.tsx';
import { Answered } from '../components/states.tsx';
import { BASE_PATH } from '../data/ask.ts';
import { change, nameFor } from '../data/change.ts';
import { type Shown, SLOW_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { parseAddress } from './address.ts';

const LIST = '/v1/views';
const TITLE_MAX = 200;

type Saved = Views['items'][number];

/** Saves the page with its selection under a title, and opens what was saved, for everybody. */
export function ViewsMenu() {
  const [isOpen, setIsOpen] = useState(false);
  // Outlives the menu, which closes when the page must ask for a key.
  const [title, setTitle] = useState('');
  const answer = useAnswer<Views>(LIST, SLOW_REFRESH_MS);
  const here = useHere();
  const current = answer.data?.items.find(({ view }) => view.address === here);
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger className="tool-button views-button">
        <Bookmark aria-hidden="true" /> <span className="view-title">{current?.view.title ?? t('views.short')}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu views-menu"
          aria-label={t('views.title')}
          align="start"
          sideOffset={6}
          collisionPadding={8}
        >
          <p className="menu-title">{t('views.title')}</p>
          <List answer={answer} here={here} close={() => setIsOpen(false)} />
          <SaveForm {...{ title, setTitle, here }} taken={answer.data?.items ?? []} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** Path and query of this page, as the address bar shows them. */
function useHere(): string {
  useLocation();
  return `${location.pathname.slice(BASE_PATH.length)}${location.search}`;
}

function List({ answer, here, close }: { answer: Shown<Views>; here: string; close: () => void }) {
  return (
    <Answered answer={answer} what={t('views.title')} rows={2}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="menu-said small muted">{t('views.nothing')}</p>
        ) : (
          <ul className="menu-list">
            {items.map((saved) => (
              <View key={saved.name} saved={saved} isHere={saved.view.address === here} close={close} />
            ))}
          </ul>
        )
      }
    </Answered>
  );
}

function View({ saved, isHere, close }: { saved: Saved; isHere: boolean; close: () => void }) {
  const { name, view } = saved;
  const [isRenamed, setIsRenamed] = useState(false);
  if (isRenamed) return <RenameForm saved={saved} done={() => setIsRenamed(false)} />;
  const [path = '/', query = ''] = view.address.split('?');
  const remove = async (): Promise<void> => {
    if (!(await change(LIST, name, null))) return;
    tell({ text: t('views.removed', { title: view.title }), undo: () => void change(LIST, name, view) });
  };
  return (
    <li className="menu-item">
      <Link
        to={path as '/'}
        search={parseAddress(query)}
        onClick={close}
        className="view-link"
        {...(isHere ? { 'aria-current': 'page' as const } : {})}
      >
        <bdi>{view.title}</bdi>
      </Link>
      <button
        type="button"
        className="quiet"
        onClick={() => setIsRenamed(true)}
        aria-label={t('views.rename', { title: view.title })}
      >
        <Pencil aria-hidden="true" />
      </button>
      <button
        type="button"
        className="quiet"
        onClick={() => void remove()}
        aria-label={t('views.remove', { title: view.title })}
      >
        <Trash2 aria-hidden="true" />
      </button>
    </li>
  );
}

function RenameForm({ saved: { name, view }, done }: { saved: Saved; done: () => void }) {
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const title = String(new FormData(event.currentTarget).get('title')).trim();
    if (title === '' || (await change(LIST, name, { ...view, title }))) done();
  };
  return (
    <li>
      <form className="menu-form" onSubmit={(event) => void submit(event)}>
        <input
          name="title"
          aria-label={t('views.rename', { title: view.title })}
          defaultValue={view.title}
          maxLength={TITLE_MAX}
          // biome-ignore lint/a11y/noAutofocus: who renames is about to type.
          autoFocus
        />
        <button type="submit">{t('views.ok')}</button>
      </form>
    </li>
  );
}

function SaveForm(props: { title: string; setTitle: (title: string) => void; here: string; taken: readonly Saved[] }) {
  const { title, setTitle, here, taken } = props;
  const id = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const text = title.trim();
    if (text === '') return;
    const names = taken.map(({ name }) => name);
    if (await change(LIST, nameFor(text, names, 'view'), { title: text, address: here })) setTitle('');
  };
  return (
    <form className="menu-form menu-end" onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>{t('views.save')}</label>
      <input
        id={id}
        value={title}
        maxLength={TITLE_MAX}
        placeholder={t('views.placeholder')}
        autoComplete="off"
        onChange={({ target }) => setTitle(target.value)}
      />
      <button type="submit" disabled={title.trim() === ''}>
        {t('views.go')}
      </button>
    </form>
  );
}
