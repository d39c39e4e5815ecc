import { t } from 'i18next';
import { Dialog } from 'radix-ui';
import { DialogBox } from '../components/dialog-box.tsx';
import { UNDO_KEY } from '../components/notices.tsx';
import { isPlainKey } from '../components/plain-key.ts';
import { acts } from '../work/work-keys.ts';
import { useOpened } from './use-opened.ts';

const OPEN = 'touchstone:keys';
export const HELP_KEY = '?';

export function openKeysHelp(): void {
  dispatchEvent(new Event(OPEN));
}

const isHelpKey = (event: KeyboardEvent): boolean => event.key === HELP_KEY && isPlainKey(event);

/** Tells the keys of the page: by its key, or by its button. */
export function KeysHelp() {
  const [isOpen, setIsOpen] = useOpened(OPEN, isHelpKey);
  const told: readonly (readonly [keys: readonly string[], text: string])[] = [
    [['⌘K', 'Ctrl K', '/'], t('keys.search')],
    [['j', 'k'], t('keys.rows')],
    [['Enter'], t('keys.open')],
    ...acts.map(({ name, key }) => [[key], t(`keys.${name}`)] as const),
    [[UNDO_KEY], t('keys.undo')],
    [[HELP_KEY], t('keys.help')],
  ];
  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
      <DialogBox title={t('keys.title')}>
        <dl className="keys">
          {told.map(([keys, text]) => (
            <div key={text}>
              <dt>
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      </DialogBox>
    </Dialog.Root>
  );
}
