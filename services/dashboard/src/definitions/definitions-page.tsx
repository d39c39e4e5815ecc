import type { Definitions } from '@touchstone/api';
import { t } from 'i18next';
import { usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { useAddress } from '../frame/links.tsx';
import { nameIn } from '../selection/address.ts';
import { CompareView } from './compare-view.tsx';
import { EditView } from './edit-view.tsx';
import { SwitchPanel } from './switch-panel.tsx';
import { TrialView } from './trial-view.tsx';
import { VersionsView } from './versions-view.tsx';

const views = ['versions', 'edit', 'trial', 'compare'] as const;

/** Versions of definitions: writing one, trying it on history, switching to it, comparing two. */
export function DefinitionsPage() {
  usePageTitle(t('page.definitions'));
  const view = nameIn(views, useAddress().view);
  const answer = useAnswer<Definitions>('/v1/definitions');
  return (
    <>
      <h1>{t('page.definitions')}</h1>
      <SubPages
        to="/definitions"
        label={t('page.definitions')}
        names={views}
        textOf={(name) => t(`definitionView.${name}`)}
        keeps={['of']}
      />
      <SwitchPanel answer={answer} />
      {view === 'versions' ? <VersionsView answer={answer} /> : null}
      {view === 'edit' ? <EditView answer={answer} /> : null}
      {view === 'trial' ? <TrialView definitions={answer} /> : null}
      {view === 'compare' ? <CompareView answer={answer} /> : null}
    </>
  );
}
