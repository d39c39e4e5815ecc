import { Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { t } from 'i18next';
import { useRef } from 'react';
import { Notices } from '../components/notices.tsx';
import { useSession } from '../data/session.ts';
import { TitlesProvider, useTitlesInForce } from '../data/titles.ts';
import { SelectionBar } from '../selection/selection-bar.tsx';
import { KeyDialog, KeyPage } from './key-form.tsx';
import { KeysHelp } from './keys-help.tsx';
import { useAddress } from './links.tsx';
import { Palette } from './palette.tsx';
import { Side } from './side.tsx';
import { usePlace } from './use-place.ts';
import { useWall } from './use-wall.ts';

/** Draws navigation, selection and palette around every page. */
export function Frame() {
  const { state, wasIn } = useSession();
  const isOpen = state === 'enough' || wasIn;
  const main = useRef<HTMLElement>(null);
  const titles = useTitlesInForce(isOpen);
  const { pathname } = useLocation();
  const address = useAddress();
  const taken = useMatches({ select: (matches) => matches.at(-1)?.staticData.takes });
  const takes = typeof taken === 'function' ? taken(address) : taken;
  const isWall = pathname === '/' && 'wall' in address;
  usePlace(main);
  useWall(isWall);

  return (
    <TitlesProvider value={titles}>
      <a className="skip" href="#main">
        {t('frame.skip')}
      </a>
      {isWall ? null : <Side isOpen={isOpen} />}
      <div className="content">
        {isOpen && takes !== undefined && !isWall ? <SelectionBar takes={takes} /> : null}
        <main id="main" ref={main} tabIndex={-1}>
          {isOpen ? <Outlet /> : <KeyPage />}
        </main>
      </div>
      {isOpen ? <Palette /> : null}
      {isOpen ? <KeysHelp /> : null}
      <Notices />
      {isOpen && state !== 'enough' ? <KeyDialog /> : null}
    </TitlesProvider>
  );
}
