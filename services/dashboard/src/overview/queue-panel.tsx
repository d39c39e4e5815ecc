import type { Worklist } from '@touchstone/api';
import { t } from 'i18next';
import { useRef } from 'react';
import { Panel, StageBadge, Time } from '../components/parts.tsx';
import { ReasonTags } from '../components/reason-tags.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { Answered, Empty } from '../components/states.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { HELP_KEY, openKeysHelp } from '../frame/keys-help.tsx';
import { CustomerLink, PageLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { worklistText } from '../i18n/words.ts';
import { useIsToDo, useMarkOf } from '../work/marking.ts';
import { useWork } from '../work/use-work.tsx';
import { MarkLine, WorkButtons } from '../work/work-buttons.tsx';

const ROWS = 8;

/** The customers who need somebody today, the most urgent first. */
export function QueuePanel({ now }: { now: string }) {
  const answer = useAnswer<Worklist>(`/v1/worklist?todo=true&limit=${ROWS}`);
  return (
    <Panel
      title={t('queue.title')}
      note={t('queue.note')}
      className="queue-panel"
      tools={
        <span className="panel-tools small">
          <button type="button" className="quiet" onClick={openKeysHelp}>
            {t('work.keys')} <kbd>{HELP_KEY}</kbd>
          </button>
          <PageLink to="/customers" with={{ list: 'worklist' }}>
            {t('queue.all')}
          </PageLink>
        </span>
      }
    >
      <Answered answer={answer} what={t('queue.title')} rows={ROWS}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title={t('worklist.nobody')} />
          ) : (
            <>
              <Counts counts={data.counts} />
              <Queue items={data.items} now={now} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

function Counts({ counts }: { counts: Worklist['counts'] }) {
  return (
    <p className="queue-counts">
      {Object.entries(counts)
        .filter(([, n]) => n > 0)
        .map(([reason, n]) => (
          <PageLink key={reason} to="/customers" with={{ list: 'worklist', reason }} className="queue-count">
            <b>{countText(n)}</b> {worklistText(reason)}
          </PageLink>
        ))}
    </p>
  );
}

function Queue({ items, now }: { items: Worklist['items']; now: string }) {
  const box = useRef<HTMLOListElement>(null);
  const { act, dialog } = useWork(box, items);
  useRowKeys(box);
  const isToDo = useIsToDo();
  const markOf = useMarkOf();
  return (
    <>
      <ol className="queue" ref={box}>
        {items.filter(isToDo).map((item) => {
          const { customerId, reasons, stage } = item;
          return (
            <li key={customerId} data-row="" data-customer={customerId}>
              <div className="queue-who">
                <CustomerLink id={customerId} className="id strong" />
                <StageBadge stage={stage} />
                <span className="small muted when">
                  {reasons[0] === undefined ? null : <Time at={reasons[0].since} now={now} />}
                </span>
              </div>
              <div className="queue-why">
                <ReasonTags reasons={distinct(reasons)} customerId={customerId} />
                <WorkButtons customerId={customerId} act={(wanted) => act(wanted, customerId)} />
              </div>
              <MarkLine mark={markOf(item)} />
            </li>
          );
        })}
      </ol>
      {dialog}
    </>
  );
}

/** Each reason once, by its first entry; the customer's page has all of them. */
function distinct(reasons: Worklist['items'][number]['reasons']) {
  return reasons.filter(({ reason }, index) => reasons.findIndex((other) => other.reason === reason) === index);
}
