import type { JourneySummary } from '@touchstone/api';
import { t } from 'i18next';
import { Columns3 } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { ScoreCell, StatusBadge, Time, TypeName, troublesText } from '../components/parts.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { countText, durationText, missing } from '../i18n/format.ts';
import { listIn, listIntoText } from './lists-in-address.ts';

/** Every column that a table of journeys can have. */
const columns = (): readonly RowColumn<JourneySummary>[] => [
  {
    id: 'score',
    head: t('column.score'),
    sort: 'score',
    cell: ({ score, level }) => <ScoreCell score={score} level={level} />,
  },
  {
    id: 'journey',
    head: t('column.journey'),
    cell: ({ id, customerId, type }) => (
      <>
        <JourneyLink id={id} customerId={customerId} className="id strong" />
        <div className="small muted">
          <TypeName type={type} />
        </div>
      </>
    ),
  },
  {
    id: 'customer',
    head: t('column.customer'),
    className: 'wide',
    cell: ({ customerId }) => <CustomerLink id={customerId} className="id" />,
  },
  { id: 'troubles', head: t('column.troubles'), className: 'wrap', cell: troublesText },
  { id: 'status', head: t('column.status'), cell: ({ status }) => <StatusBadge status={status} /> },
  { id: 'moments', head: t('column.moments'), className: 'number wide', cell: ({ moments }) => countText(moments) },
  {
    id: 'startedAt',
    head: t('column.startedAt'),
    sort: 'startedAt',
    className: 'wide',
    cell: ({ startedAt }) => <Time at={startedAt} />,
  },
  {
    id: 'lastAt',
    head: t('column.lastAt'),
    sort: 'lastAt',
    className: 'wide',
    cell: ({ lastAt }) => <Time at={lastAt} />,
  },
  {
    id: 'endedAt',
    head: t('journeysTable.endedAt'),
    sort: 'endedAt',
    className: 'wide',
    cell: ({ endedAt }) => (endedAt === null ? missing : <Time at={endedAt} />),
  },
  {
    id: 'took',
    head: t('journeysTable.took'),
    className: 'number wide',
    cell: ({ startedAt, lastAt }) => durationText(Date.parse(lastAt) - Date.parse(startedAt)),
  },
  ...(['failures', 'brokenPromises', 'openComplaints'] as const).map((id) => ({
    id,
    head: t(`journeysTable.${id}`),
    className: 'number wide',
    cell: ({ [id]: n }: JourneySummary) => countText(n),
  })),
];

const AT_FIRST = ['score', 'journey', 'customer', 'troubles', 'status', 'moments', 'startedAt', 'lastAt'];

/** The columns that an address names, in the order of all; those at first where it names none. */
export function columnsIn(text: string | undefined): readonly RowColumn<JourneySummary>[] {
  const all = columns();
  const named = listIn(text).filter((id) => all.some((column) => column.id === id));
  const ids = named.length === 0 ? AT_FIRST : named;
  return all.filter(({ id }) => ids.includes(id));
}

/** Chooses columns. The journey stays, because it opens the row. */
export function ColumnMenu({ shown, choose }: { shown: readonly string[]; choose: (text?: string) => void }) {
  const toggle = (id: string): void => {
    const next = shown.includes(id) ? shown.filter((each) => each !== id) : [...shown, id];
    const isAtFirst = next.length === AT_FIRST.length && AT_FIRST.every((each) => next.includes(each));
    choose(isAtFirst ? undefined : listIntoText(next));
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="tool-button">
        <Columns3 aria-hidden="true" /> {t('journeysTable.columns')}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={6} collisionPadding={8}>
          {columns().map(({ id, head }) => (
            <DropdownMenu.CheckboxItem
              key={id}
              className="menu-item"
              checked={shown.includes(id)}
              disabled={id === 'journey'}
              onCheckedChange={() => toggle(id)}
              onSelect={(event) => event.preventDefault()}
            >
              {head}
              <DropdownMenu.ItemIndicator className="menu-check">✓</DropdownMenu.ItemIndicator>
            </DropdownMenu.CheckboxItem>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
