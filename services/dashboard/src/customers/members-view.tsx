import type { RetainedCustomers } from '@touchstone/api';
import { t } from 'i18next';
import { ScoreCell, StageBadge } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { CustomerLink } from '../frame/links.tsx';
import { countText, currentTimeZone, dayText, timeText } from '../i18n/format.ts';
import { stageText } from '../i18n/words.ts';
import { ListOf } from '../lists/list-page.tsx';
import type { Address } from '../selection/address.ts';
import { pathOf } from '../selection/selection.ts';

type Member = RetainedCustomers['items'][number];
const PAGE_ROWS = '100';

/** The customers of a cohort, or those of them who came again in some period after it. */
export function CohortView({ address }: { address: Address }) {
  const { cohort = '1M', event = 'moment', start = '', k } = address;
  const path = pathOf('/v1/loyalty/retention/customers', {
    cohort,
    event,
    start,
    k,
    timeZone: currentTimeZone(),
    limit: PAGE_ROWS,
  });
  const words = { start: dayText(start), k: countText(k ?? 0) };
  const title =
    k === undefined
      ? t(cohort === '1w' ? 'members.cohort_1w' : 'members.cohort_1M', words)
      : t(event === 'purchase' ? 'members.bought' : 'members.came', words);
  return <Members title={title} path={path} />;
}

/** The customers who were in a trust stage at some time. */
export function InStageView({ address }: { address: Address }) {
  const { at = '', inStage = 'none' } = address;
  const path = pathOf('/v1/loyalty/stages/customers', { at, inStage, limit: PAGE_ROWS });
  return <Members title={t('members.inStage', { stage: stageText(inStage), at: timeText(at) })} path={path} />;
}

function Members({ title, path }: { title: string; path: string }) {
  const columns: readonly RowColumn<Member>[] = [
    {
      id: 'customer',
      head: t('column.customer'),
      cell: ({ customerId }) => <CustomerLink id={customerId} className="id strong" />,
    },
    { id: 'stage', head: t('members.stageNow'), cell: ({ stage }) => <StageBadge stage={stage} /> },
    {
      id: 'satisfaction',
      head: t('members.satisfactionNow'),
      cell: ({ satisfaction }) => <ScoreCell score={satisfaction} level={null} />,
    },
  ];
  return (
    <>
      <h2 className="list-title">{title}</h2>
      <ListOf label={title} path={path} columns={columns} keyOf={({ customerId }: Member) => customerId} />
    </>
  );
}
