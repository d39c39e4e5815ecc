import type { Worklist } from '@touchstone/api';
import { t } from 'i18next';
import { useRef } from 'react';
import { StageBadge } from '../components/parts.tsx';
import { ReasonTags } from '../components/reason-tags.tsx';
import type { RowColumn } from '../components/row-table.tsx';
import { Segments } from '../components/segments.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { useRows } from '../data/use-further.ts';
import { CustomerLink } from '../frame/links.tsx';
import { countText, scoreText } from '../i18n/format.ts';
import { worklistText } from '../i18n/words.ts';
import type { Address } from '../selection/address.ts';
import { parametersOf, pathOf } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { useIsToDo, useMarkOf, type WorklistItem } from '../work/marking.ts';
import { useWork } from '../work/use-work.tsx';
import { MarkLine, WorkButtons } from '../work/work-buttons.tsx';
import { ListOf } from './list-page.tsx';

const PAGE_ROWS = '100';

/** The worklist, with what was done about each; done and put off ones where asked for. */
export function WorklistRows({ address }: { address: Address }) {
  const todo = address.marks === 'all' ? undefined : 'true';
  const asked = { ...parametersOf(address, ['stage']), todo };
  const path = pathOf('/v1/worklist', { ...asked, reason: address.reason, limit: PAGE_ROWS });
  const box = useRef<HTMLDivElement>(null);
  const { act, dialog } = useWork(box, useRows<WorklistItem>({ path }).rows ?? []);
  const isToDo = useIsToDo();
  const markOf = useMarkOf();
  const columns: readonly RowColumn<WorklistItem>[] = [
    {
      id: 'customer',
      head: t('column.customer'),
      cell: (item) => (
        <>
          <CustomerLink id={item.customerId} className="id strong" />
          <div>
            <MarkLine mark={markOf(item)} />
          </div>
        </>
      ),
    },
    {
      id: 'work',
      head: t('work.column'),
      cell: ({ customerId }) => <WorkButtons customerId={customerId} act={(wanted) => act(wanted, customerId)} />,
    },
    {
      id: 'reasons',
      head: t('column.reasons'),
      className: 'wrap',
      cell: ({ reasons, customerId }) => <ReasonTags reasons={reasons} customerId={customerId} />,
    },
    { id: 'stage', head: t('column.stage'), className: 'wide', cell: ({ stage: at }) => <StageBadge stage={at} /> },
    {
      id: 'satisfaction',
      head: t('column.satisfaction'),
      className: 'number wide',
      cell: ({ satisfaction }) => scoreText(satisfaction),
    },
    { id: 'value', head: t('column.value'), className: 'number wide', cell: ({ value }) => countText(value) },
  ];
  return (
    <>
      <Reasons address={address} path={pathOf('/v1/worklist', { ...asked, limit: '1' })} />
      <div ref={box}>
        <ListOf
          label={t('customers.worklist')}
          path={path}
          columns={columns}
          keyOf={({ customerId }) => customerId}
          attributesOf={({ customerId }) => ({ 'data-customer': customerId })}
          {...(todo === undefined ? {} : { isKept: isToDo })}
          empty={<p>{t('worklist.nobody')}</p>}
        />
      </div>
      {dialog}
    </>
  );
}

/** Chooses one reason, each with how many customers have it, and whether all marks are shown. */
function Reasons({ address, path }: { address: Address; path: string }) {
  const change = useChangeAddress();
  const { data } = useAnswer<Worklist>(path);
  const isAll = address.marks === 'all';
  return (
    <div className="list-choices">
      <Segments
        label={t('column.reasons')}
        names={[null, ...Object.keys(data?.counts ?? {})]}
        chosen={address.reason ?? null}
        textOf={(reason) =>
          reason === null
            ? t('list.all')
            : `${worklistText(reason)} ${countText(data?.counts[reason as 'silent'] ?? 0)}`
        }
        choose={(reason) => change({ reason: reason ?? undefined })}
      />
      <label className="check">
        <input type="checkbox" checked={isAll} onChange={() => change({ marks: isAll ? undefined : 'all' })} />
        {t('work.show')}
      </label>
    </div>
  );
}
