import { t } from 'i18next';
import { NoPeriod } from '../components/no-period.tsx';
import { useNow } from '../data/use-now.ts';
import type { Address } from '../selection/address.ts';
import { periodIn } from '../selection/selection.ts';
import '../styles/rooms.css';
import '../styles/customers.css';
import { CohortView, InStageView } from './members-view.tsx';
import { RetentionView } from './retention-view.tsx';
import { StagesView } from './stages-view.tsx';
import { StaysView } from './stays-view.tsx';

/** Customers over time, and the lists behind its figures. */
export function OverTime(props: { list: 'stages' | 'retention' | 'stays' | 'cohort' | 'members'; address: Address }) {
  const { list, address } = props;
  const now = useNow();
  if (now === undefined) return <NoPeriod what={t('page.customers')} />;
  switch (list) {
    case 'stages':
      return <StagesView address={address} period={periodIn(address, now)} />;
    case 'retention':
      return <RetentionView address={address} now={now} />;
    case 'stays':
      return <StaysView />;
    case 'cohort':
      return <CohortView address={address} />;
    case 'members':
      return <InStageView address={address} />;
  }
}
