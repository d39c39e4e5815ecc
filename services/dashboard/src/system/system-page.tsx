import { t } from 'i18next';
import { usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { useAddress } from '../frame/links.tsx';
import { nameIn } from '../selection/address.ts';
import { AccessView } from './access-view.tsx';
import { ChecksView } from './checks-view.tsx';
import { EventsView } from './events-view.tsx';
import { FlowView } from './flow-view.tsx';

const views = ['flow', 'events', 'checks', 'access'] as const;

/** Whether every event is accounted for, what is wrong with those that are not, and who may ask. */
export function SystemPage() {
  usePageTitle(t('page.system'));
  const view = nameIn(views, useAddress().view);
  return (
    <>
      <h1>{t('page.system')}</h1>
      <SubPages to="/system" label={t('page.system')} names={views} textOf={(name) => t(`systemView.${name}`)} />
      {view === 'flow' ? <FlowView /> : null}
      {view === 'events' ? <EventsView /> : null}
      {view === 'checks' ? <ChecksView /> : null}
      {view === 'access' ? <AccessView /> : null}
    </>
  );
}
