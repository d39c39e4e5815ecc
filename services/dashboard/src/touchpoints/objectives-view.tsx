import type { Heartbeats, Objectives, Watches } from '@touchstone/api';
import { t } from 'i18next';
import type { ReactNode } from 'react';
import { Panel } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import type { Address } from '../selection/address.ts';
import type { Period } from '../selection/selection.ts';
import { AlertForm } from './alert-form.tsx';
import { isKind, kinds } from './drafts.ts';
import { HeartbeatCard, WatchCard } from './heartbeat-card.tsx';
import { ObjectiveCard } from './objective-card.tsx';

/** Objectives, heartbeats and watches, how they stand, and a form to try and to put more. */
export function ObjectivesView({ address, now, period }: { address: Address; now: string; period: Period }) {
  const objectives = useAnswer<Objectives>('/v1/objectives', REPORT_REFRESH_MS);
  const heartbeats = useAnswer<Heartbeats>('/v1/heartbeats', REPORT_REFRESH_MS);
  const watches = useAnswer<Watches>('/v1/watches', REPORT_REFRESH_MS);
  const { edit, name } = address;
  if (isKind(edit)) {
    const items = {
      objective: objectives.data?.items.find((each) => each.name === name)?.objective,
      heartbeat: heartbeats.data?.items.find((each) => each.name === name)?.heartbeat,
      watch: watches.data?.items.find((each) => each.name === name)?.watch,
    };
    // The form is filled in once, so it waits for what it is filled in with.
    const isThere = name === undefined || items[edit] !== undefined;
    return <AlertForm key={`${edit} ${name} ${isThere}`} kind={edit} name={name} {...{ items, period, now }} />;
  }
  return (
    <div className="stack">
      <p className="room-tools">
        {kinds.map((kind) => (
          <PageLink key={kind} to="/touchpoints" with={{ view: 'objectives', edit: kind }} className="tool-button">
            {t(`watched.new.${kind}`)}
          </PageLink>
        ))}
      </p>
      <Panel title={t('watched.objectives')} note={t('watched.objectivesNote')}>
        <Answered answer={objectives} what={t('watched.objectives')} rows={4}>
          {({ items }) => (
            <Cards nothing={t('watched.noObjectives')} count={items.length}>
              {items.map((each) => (
                <ObjectiveCard key={each.name} state={each} now={now} />
              ))}
            </Cards>
          )}
        </Answered>
      </Panel>
      <Panel title={t('watched.heartbeats')} note={t('watched.heartbeatsNote')}>
        <Answered answer={heartbeats} what={t('watched.heartbeats')} rows={2}>
          {({ items }) => (
            <Cards nothing={t('watched.noHeartbeats')} count={items.length}>
              {items.map((each) => (
                <HeartbeatCard key={each.name} state={each} now={now} />
              ))}
            </Cards>
          )}
        </Answered>
      </Panel>
      <Panel title={t('watched.watches')} note={t('watched.watchesNote')}>
        <Answered answer={watches} what={t('watched.watches')} rows={2}>
          {({ items }) => (
            <Cards nothing={t('watched.noWatches')} count={items.length}>
              {items.map((each) => (
                <WatchCard key={each.name} state={each} />
              ))}
            </Cards>
          )}
        </Answered>
      </Panel>
    </div>
  );
}

function Cards({ nothing, count, children }: { nothing: string; count: number; children: ReactNode }) {
  if (count === 0) return <Empty title={nothing} />;
  return <ul className="cards">{children}</ul>;
}
