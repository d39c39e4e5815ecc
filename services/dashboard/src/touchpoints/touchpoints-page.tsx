import { t } from 'i18next';
import { NoPeriod } from '../components/no-period.tsx';
import { usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { useNow } from '../data/use-now.ts';
import { useAddress } from '../frame/links.tsx';
import { nameIn } from '../selection/address.ts';
import { periodIn } from '../selection/selection.ts';
import '../styles/rooms.css';
import { AlertList } from './alert-list.tsx';
import { HeatMapView } from './heat-map-view.tsx';
import { LiveView } from './live-view.tsx';
import { MomentsView } from './moments-view.tsx';
import { ObjectivesView } from './objectives-view.tsx';

const views = ['rates', 'objectives', 'alerts', 'live', 'moments'] as const;

/** Where customers meet the company: what fails there, what fell silent, and what happens now. */
export function TouchpointsPage() {
  usePageTitle(t('page.touchpoints'));
  const address = useAddress();
  const now = useNow();
  const view = nameIn(views, address.view);
  if (now === undefined) return <NoPeriod what={t('page.touchpoints')} />;
  const shown = { address, now, period: periodIn(address, now) };
  return (
    <>
      <h1>{t('page.touchpoints')}</h1>
      <SubPages
        to="/touchpoints"
        label={t('page.touchpoints')}
        names={views}
        textOf={(name) => t(`touchpointsView.${name}`)}
      />
      <p className="small muted list-meaning">{t(`touchpointsMeaning.${view}`)}</p>
      {view === 'rates' ? <HeatMapView {...shown} /> : null}
      {view === 'objectives' ? <ObjectivesView {...shown} /> : null}
      {view === 'alerts' ? <AlertList {...shown} /> : null}
      {view === 'live' ? <LiveView address={address} /> : null}
      {view === 'moments' ? <MomentsView {...shown} /> : null}
    </>
  );
}
