import { Outlet, useLocation, useMatches } from '@tanstack/react-router';
import { t } from 'i18next';
import { useEffect, useRef } from 'react';
import { useKeyState } from '../data/key.ts';
import { TitlesProvider, useTitlesInForce } from '../data/titles.ts';
import { SelectionBar } from '../selection/selection-bar.tsx';
import { KeyForm } from './key-form.tsx';
import { useAddress } from './links.tsx';
import { Palette } from './palette.tsx';
import { Side } from './side.tsx';
import { usePlace } from './use-place.ts';

/** Draws navigation, selection and palette around every page. */
export function Frame() {
  const { state } = useKeyState();
  const main = useRef<HTMLElement>(null);
  const titles = useTitlesInForce(state === 'enough');
  const takes = useMatches({ select: (matches) => matches.at(-1)?.staticData.takes });
  const { pathname } = useLocation();
  const address = useAddress();
  const isWall = pathname === '/' && 'wall' in address;
  usePlace(main);
  useEffect(() => {
    document.documentElement.classList.toggle('wall', isWall);
  }, [isWall]);

  return (
    <TitlesProvider value={titles}>
      <a className="skip" href="#main">
        {t('frame.skip')}
      </a>
      {isWall ? null : <Side isOpen={state === 'enough'} />}
      <div className="content">
        {state === 'enough' && takes !== undefined && !isWall ? <SelectionBar takes={takes} /> : null}
        <main id="main" ref={main} tabIndex={-1}>
          {state === 'enough' ? <Outlet /> : <KeyForm state={state} />}
        </main>
      </div>
      {state === 'enough' ? <Palette /> : null}
    </TitlesProvider>
  );
}
