import type { Caller } from '@touchstone/api';
import { t } from 'i18next';
import { CircleUser } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useEffect } from 'react';
import { tell } from '../components/notices.tsx';
import { problemFrom } from '../data/ask.ts';
import { knowCaller, signOut } from '../data/sign-in.ts';
import { SLOW_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { listText } from '../i18n/format.ts';

/** Says who one is, and signs out; nothing where the system has no keys. */
export function WhoMenu() {
  const { data } = useAnswer<Caller>('/v1/me', SLOW_REFRESH_MS);
  useEffect(() => {
    if (data !== undefined) knowCaller(data);
  }, [data]);
  if (data === undefined || data.name === null) return null;
  const who = t('session.who', { name: data.name });
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="side-tool" aria-label={who} title={who}>
        <CircleUser aria-hidden="true" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label className="menu-title">
            <b className="id">{who}</b>
            <br />
            {t('session.scopes', { scopes: listText(data.scopes) })}
          </DropdownMenu.Label>
          <DropdownMenu.Item className="menu-item" onSelect={() => void signOut().catch(tellWhy)}>
            {t('session.out')}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

/** Tells that one is still signed in, and why. */
function tellWhy(error: unknown): void {
  tell({ text: t('session.notOut', { why: problemFrom(error).message }), isBad: true });
}
