import { t } from 'i18next';
import { NoPeriod } from '../components/no-period.tsx';
import { usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { usePeriod } from '../data/use-now.ts';
import { useAddress } from '../frame/links.tsx';
import { nameIn } from '../selection/address.ts';
import '../styles/rooms.css';
import { AnsweringView } from './answering-view.tsx';
import { KeepingView } from './keeping-view.tsx';
import { ComplaintRows, PromiseRows } from './ledgers.tsx';
import { RecoveryView } from './recovery-view.tsx';

const views = ['promises', 'complaints', 'keeping', 'answering', 'recovery'] as const;

/** Promises and complaints: the ledgers, reports on them, and what recovery does. */
export function PromisesPage() {
  usePageTitle(t('page.promises'));
  const address = useAddress();
  const period = usePeriod(address);
  const view = nameIn(views, address.view);
  return (
    <>
      <h1>{t('page.promises')}</h1>
      <SubPages to="/promises" label={t('page.promises')} names={views} textOf={(name) => t(`promisesView.${name}`)} />
      <p className="small muted list-meaning">{t(`promisesMeaning.${view}`)}</p>
      {period === null ? (
        <NoPeriod what={t(`promisesView.${view}`)} />
      ) : view === 'promises' ? (
        <PromiseRows {...{ address, period }} />
      ) : view === 'complaints' ? (
        <ComplaintRows {...{ address, period }} />
      ) : view === 'keeping' ? (
        <KeepingView {...{ address, period }} />
      ) : view === 'answering' ? (
        <AnsweringView {...{ address, period }} />
      ) : (
        <RecoveryView {...{ address, period }} />
      )}
    </>
  );
}
