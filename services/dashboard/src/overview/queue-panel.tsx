import type { Worklist } from '@touchstone/api';
import { t } from 'i18next';
import { useRef } from 'react';
import { Panel, StageBadge, Time } from '../components/parts.tsx';
import { ReasonTags } from '../components/reason-tags.tsx';
import { useRowKeys } from '../components/row-keys.ts';
import { Answered, Empty } from '../components/states.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { CustomerLink, PageLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { worklistText } from '../i18n/words.ts';

const ROWS = 8;

/** The customers who need somebody today, the most urgent first. */
export function QueuePanel({ now }: { now: string }) {
  const answer = useAnswer<Worklist>(`/v1/worklist?limit=${ROWS}`);
  return (
    <Panel
      title={t('queue.title')}
      note={t('queue.note')}
      className="queue-panel"
      tools={
        <PageLink to="/customers" with={{ list: 'worklist' }} className="small">
          {t('queue.all')}
        </PageLink>
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
  useRowKeys(box);
  return (
    <ol className="queue" ref={box}>
      {items.map(({ customerId, reasons, stage }) => (
        <li key={customerId} data-row="">
          <div className="queue-who">
            <CustomerLink id={customerId} className="id strong" />
            <StageBadge stage={stage} />
            <span className="small muted when">
              {reasons[0] === undefined ? null : <Time at={reasons[0].since} now={now} />}
            </span>
          </div>
          <ReasonTags reasons={distinct(reasons)} customerId={customerId} />
        </li>
      ))}
    </ol>
  );
}

/** Each reason once, by its first entry; the customer's page has all of them. */
function distinct(reasons: Worklist['items'][number]['reasons']) {
  return reasons.filter(({ reason }, index) => reasons.findIndex((other) => other.reason === reason) === index);
}
