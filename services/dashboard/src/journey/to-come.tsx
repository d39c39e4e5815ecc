import type { Complaints, Promises } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Time, Touchpoint } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { promiseStateText } from '../i18n/words.ts';
import { pathOf } from '../selection/selection.ts';
import { complaintAt, promiseAt } from './standing-at.ts';

const ROWS_MAX = '500';

interface Of {
  readonly journeyId: string;
  readonly customerId: string;
  readonly type: string;
  /** The time at which they stand; now without. */
  readonly asOf: string | undefined;
}

/** Touchpoints that are still expected, and the promises and complaints of a journey. */
export function ToCome({ journeyId, customerId, type, asOf }: Of) {
  const asked = { journeyId, customerId, limit: ROWS_MAX };
  const promises = useAnswer<Promises>(pathOf('/v1/promises', asked));
  const complaints = useAnswer<Complaints>(pathOf('/v1/complaints', asked));
  return (
    <Panel
      title={t('toCome.title')}
      tools={
        <PageLink to="/promises" with={{ customerId, last: 'all' }} className="small">
          {t('toCome.all')}
        </PageLink>
      }
    >
      <Answered answer={promises} what={t('toCome.title')} rows={2}>
        {({ items }) => <PromiseList items={items.flatMap((each) => promiseAt(each, asOf) ?? [])} type={type} />}
      </Answered>
      <Answered answer={complaints} what={t('list.complaints')} rows={1}>
        {({ items }) => <ComplaintList items={items.flatMap((each) => complaintAt(each, asOf) ?? [])} />}
      </Answered>
    </Panel>
  );
}

/** Open promises first, by when they are due; then those that were kept or not. */
function PromiseList({ items, type }: { items: Promises['items']; type: string }) {
  if (items.length === 0) return <p className="small muted">{t('toCome.nothing')}</p>;
  const [open, closed] = [items.filter(isOpen), items.filter((promise) => !isOpen(promise))];
  return (
    <ul className="to-come">
      {[...open, ...closed].map((promise) => {
        const { id, expected, touchpoint, what, dueAt, state, closedAt } = promise;
        return (
          <li key={JSON.stringify([expected, id])}>
            <span className={`badge promise-state-${state}`}>
              {isOpen(promise) && expected ? t('toCome.expected') : promiseStateText(state)}
            </span>{' '}
            {touchpoint === null ? <bdi>{what ?? id}</bdi> : <Touchpoint name={touchpoint} type={type} />}
            <span className="small muted">
              {' '}
              {t('toCome.due')} <Time at={dueAt} />
              {closedAt === null ? null : (
                <>
                  {' · '}
                  {promiseStateText(state).toLowerCase()} <Time at={closedAt} />
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

const isOpen = ({ state }: Promises['items'][number]): boolean => state === 'open';

function ComplaintList({ items }: { items: Complaints['items'] }) {
  if (items.length === 0) return null;
  return (
    <>
      <h3 className="to-come-head">{t('list.complaints')}</h3>
      <ul className="to-come">
        {items.map(({ id, raisedAt, resolvedAt, touchpoint }) => {
          const state = resolvedAt === null ? 'open' : 'resolved';
          return (
            <li key={id}>
              <span className={`badge complaint-${state}`}>{promiseStateText(state)}</span>{' '}
              <bdi className="id">{id}</bdi>
              <span className="small muted">
                {' '}
                {touchpoint === null ? null : `${touchpoint} · `}
                <Time at={raisedAt} />
                {resolvedAt === null ? null : (
                  <>
                    {' → '}
                    <Time at={resolvedAt} />
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
