import { t } from 'i18next';
import { NoPeriod } from '../components/no-period.tsx';
import { usePageTitle } from '../components/states.tsx';
import { SubPages } from '../components/sub-pages.tsx';
import { usePeriod } from '../data/use-now.ts';
import { useAddress } from '../frame/links.tsx';
import { nameIn } from '../selection/address.ts';
import '../styles/rooms.css';
import '../styles/drivers.css';
import { BenchmarksView } from './benchmarks-view.tsx';
import { DriversView } from './drivers-view.tsx';
import { GapsView } from './gaps-view.tsx';
import { ImportanceView } from './importance-view.tsx';
import { IndexView } from './index-view.tsx';
import { RaterView } from './rater-view.tsx';

const views = ['drivers', 'importance', 'rater', 'gaps', 'index', 'benchmarks'] as const;

/** The causes to look for, and how good the quality is by the field's own measures. */
export function DriversPage() {
  usePageTitle(t('page.drivers'));
  const address = useAddress();
  const period = usePeriod(address);
  const view = nameIn(views, address.view);
  const shown = period === null ? null : { address, period };
  return (
    <>
      <h1>{t('page.drivers')}</h1>
      <SubPages to="/drivers" label={t('page.drivers')} names={views} textOf={(name) => t(`driversView.${name}`)} />
      <p className="small muted list-meaning">{t(`driversMeaning.${view}`)}</p>
      {shown === null ? <NoPeriod what={t(`driversView.${view}`)} /> : null}
      {shown !== null && view === 'drivers' ? <DriversView {...shown} /> : null}
      {shown !== null && view === 'importance' ? <ImportanceView {...shown} /> : null}
      {shown !== null && view === 'rater' ? <RaterView {...shown} /> : null}
      {shown !== null && view === 'gaps' ? <GapsView {...shown} /> : null}
      {shown !== null && view === 'index' ? <IndexView {...shown} /> : null}
      {shown !== null && view === 'benchmarks' ? <BenchmarksView {...shown} /> : null}
    </>
  );
}
