import { useParams } from '@tanstack/react-router';
import type { Customer, CustomerFromRows, Policy } from '@touchstone/api';
import { t } from 'i18next';
import { useMemo } from 'react';
import { CopyLink } from '../components/copy-link.tsx';
import { Cut, Fact, JourneyTable, MoreButton, Panel, Parked, Time } from '../components/parts.tsx';
import { Empty, Loading, LogAway, Missing, Outdated, usePageTitle } from '../components/states.tsx';
import { SLOW_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { type Pages, useFurther } from '../data/use-further.ts';
import { useKept } from '../frame/places.ts';
import { countText, scoreText } from '../i18n/format.ts';
import { loyaltyText, stageMeaning, stages, stageText } from '../i18n/words.ts';
import { BiographyPanel } from './biography-panel.tsx';
import { joinedCustomer } from './joined-customer.ts';
import { LoyaltyPanel } from './loyalty-panel.tsx';
import { NextStage } from './next-stage.tsx';
import { StageHistory } from './stage-history.tsx';

export function CustomerPage() {
  const { customerId } = useParams({ from: '/customers/$customerId' });
  return <CustomerOf key={customerId} id={customerId} />;
}

function CustomerOf({ id }: { id: string }) {
  usePageTitle(t('customer.name', { id }));
  const path = `/v1/customers/${encodeURIComponent(id)}`;
  const answer = useAnswer<Customer | CustomerFromRows>(path);
  // While it is unknown, the page explains without figures.
  const { data: policy } = useAnswer<Policy>('/v1/policy', SLOW_REFRESH_MS);
  const { data, problem, reload } = answer;
  if (data !== undefined) {
    return (
      <>
        <Outdated answer={answer} />
        {data.source === 'rows' ? (
          <CustomerOfRows customer={data} policy={policy} />
        ) : (
          <CustomerShown path={path} first={data} policy={policy} />
        )}
      </>
    );
  }
  if (problem === undefined) return <Loading what={t('customer.name', { id })} rows={8} />;
  return <Missing what="customer" id={id} title={t('customer.nobody')} problem={problem} reload={reload} />;
}

function CustomerShown({ path, first, policy }: { path: string; first: Customer; policy: Policy | undefined }) {
  const further = useFurther(path, first);
  const customer = useMemo(() => joinedCustomer(first, further.pages), [first, further.pages]);
  return (
    <>
      <CustomerHead customer={customer} />
      <BiographyPanel customer={customer} />
      <div className="grid">
        <Panel title={t('customer.trust')}>
          <StageHistory customer={customer} />
        </Panel>
        <div className="stack">
          <NextStage stage={customer.stage} next={customer.next} />
          <LoyaltyPanel customer={customer} policy={policy} />
        </div>
        <Panel title={t('page.journeys')} note={journeysNote(customer)} className="wide">
          {customer.journeys.length === 0 ? (
            <Empty title={t('customer.noJourney')}>
              <p>{t('customer.noJourneyWhy')}</p>
            </Empty>
          ) : (
            <Journeys journeys={customer.journeys} further={further} />
          )}
        </Panel>
      </div>
    </>
  );
}

/** The page while the log is unavailable, without the parts that only the log has. */
function CustomerOfRows({ customer, policy }: { customer: CustomerFromRows; policy: Policy | undefined }) {
  const { journeys, settledTo } = customer;
  return (
    <>
      <LogAway settledTo={settledTo} />
      <CustomerHead customer={customer} />
      <div className="grid">
        <Panel title={t('customer.trust')}>
          <StageHistory customer={customer} />
        </Panel>
        <div className="stack">
          <LoyaltyPanel customer={customer} policy={policy} />
        </div>
        <Panel title={t('page.journeys')} note={t('count.journeys', { count: journeys.length })} className="wide">
          {journeys.length === 0 ? (
            <Empty title={t('customer.noJourney')} />
          ) : (
            <JourneyTable label={t('customer.journeys')} journeys={journeys} />
          )}
        </Panel>
      </div>
    </>
  );
}

function journeysNote({ journeys, total }: Customer): string {
  if (journeys.length >= total.journeys) return t('count.journeys', { count: journeys.length });
  return t('customer.firstJourneys', { shown: countText(journeys.length), all: countText(total.journeys) });
}

const JOURNEYS_AT_FIRST = 50;

/** The latest first, because readers mostly ask about recent journeys. */
function Journeys({ journeys, further }: { journeys: Customer['journeys']; further: Pages<unknown> }) {
  const [isWhole, setIsWhole] = useKept('journeys-whole', false);
  const latest = journeys.toSorted((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt));
  const shown = isWhole ? latest : latest.slice(0, JOURNEYS_AT_FIRST);
  return (
    <>
      <JourneyTable label={t('customer.journeys')} journeys={shown} />
      {shown.length < latest.length ? (
        <button type="button" className="more" onClick={() => setIsWhole(true)}>
          {t('parts.showAll', { count: latest.length })}
        </button>
      ) : (
        <MoreButton of={further} />
      )}
    </>
  );
}

function CustomerHead({ customer }: { customer: Customer | CustomerFromRows }) {
  return (
    <>
      <CustomerFacts customer={customer} />
      <Parked events={customer.parkedEvents} />
      <Cut cut={customer.historyCut} />
      {customer.quietlyLeaving ? (
        <p className="note warn">
          <strong>{t('customer.leaving')}.</strong> {t('customer.leavingWhy')}
        </p>
      ) : null}
    </>
  );
}

function CustomerFacts({ customer }: { customer: Customer | CustomerFromRows }) {
  return (
    <header className="subject">
      <div className="subject-name">
        <p className="eyebrow">{t('column.customer')}</p>
        <h1 className="id">
          <bdi>{customer.id}</bdi>
        </h1>
        <p className="muted subject-of">
          {loyaltyText(customer.loyalty).title} <CopyLink />
        </p>
      </div>
      <ol className="stages" aria-label={t('column.stage')}>
        {stages.map((stage) => (
          <li
            key={stage}
            className={stage === customer.stage ? 'current-stage' : ''}
            title={stageMeaning(stage)}
            {...(stage === customer.stage ? { 'aria-current': 'step' as const } : {})}
          >
            {stageText(stage)}
          </li>
        ))}
      </ol>
      <dl className="facts">
        <Fact name={t('fact.since')}>
          {customer.since === null ? t('fact.beginning') : <Time at={customer.since} />}
        </Fact>
        <Fact name={t('requirement.satisfaction')}>{scoreText(customer.satisfaction)}</Fact>
        <Fact name={t('column.satisfied')}>{countText(customer.satisfiedMoments)}</Fact>
        <Fact name={t('requirement.delights')}>{countText(customer.delights)}</Fact>
        <Fact name={t('column.purchases')}>{countText(customer.purchases)}</Fact>
      </dl>
    </header>
  );
}
