import type { Customer, CustomerFromRows, Policy } from '@touchstone/api';
import { useMemo } from 'react';
import { countText, pluralText, scoreText } from '../format.ts';
import { Cut, JourneyTable, MoreButton, Panel, Parked, Time } from '../parts.tsx';
import { refreshMs } from '../refresh.ts';
import { useKept } from '../router.tsx';
import { Empty, Loading, LogAway, Missing, Outdated, usePageTitle } from '../states.tsx';
import { useAnswer } from '../use-answer.ts';
import { type Pages, usePages } from '../use-pages.ts';
import { capitalised, loyaltyText, stageMeaning, stages } from '../words.ts';
import { joinedCustomer } from './joined-customer.ts';
import { LoyaltyPanel } from './loyalty-panel.tsx';
import { NextStage } from './next-stage.tsx';
import { StageHistory } from './stage-history.tsx';

/** Only a rebuild changes the policy. */
const policyRefreshMs = 60_000;

export function CustomerPage({ id }: { id: string }) {
  usePageTitle(`Customer ${id}`);
  const path = `/v1/customers/${encodeURIComponent(id)}`;
  const answer = useAnswer<Customer | CustomerFromRows>(path, refreshMs);
  // While it is unknown, the page explains without figures.
  const { data: policy } = useAnswer<Policy>('/v1/policy', policyRefreshMs);
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
  if (problem === undefined) return <Loading what={`customer ${id}`} rows={8} />;
  return <Missing what="customer" id={id} title="No customer has this id" problem={problem} reload={reload} />;
}

function CustomerShown({ path, first, policy }: { path: string; first: Customer; policy: Policy | undefined }) {
  const further = usePages(path, first);
  const customer = useMemo(() => joinedCustomer(first, further.pages), [first, further.pages]);
  return (
    <>
      <CustomerHead customer={customer} />
      <div className="grid">
        <Panel title="Trust over time">
          <StageHistory customer={customer} />
        </Panel>
        <div className="stack">
          <NextStage stage={customer.stage} next={customer.next} />
          <LoyaltyPanel customer={customer} policy={policy} />
        </div>
        <Panel title="Journeys" note={journeysNote(customer)} className="wide">
          {customer.journeys.length === 0 ? (
            <Empty title="No journey yet">
              <p>
                Events without a <code>journeyId</code> count for trust alone.
              </p>
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
        <Panel title="Trust over time">
          <StageHistory customer={customer} />
        </Panel>
        <div className="stack">
          <LoyaltyPanel customer={customer} policy={policy} />
        </div>
        <Panel title="Journeys" note={pluralText(journeys.length, 'journey')} className="wide">
          {journeys.length === 0 ? (
            <Empty title="No journey yet" />
          ) : (
            <JourneyTable label="Journeys of this customer" journeys={journeys} showCustomer={false} />
          )}
        </Panel>
      </div>
    </>
  );
}

function journeysNote({ journeys, total }: Customer): string {
  if (journeys.length >= total.journeys) return pluralText(journeys.length, 'journey');
  return `The first ${countText(journeys.length)} of ${countText(total.journeys)} journeys`;
}

const journeysAtFirst = 50;

/** The latest first, because readers mostly ask about recent journeys. */
function Journeys({ journeys, further }: { journeys: Customer['journeys']; further: Pages<unknown> }) {
  const [isWhole, setIsWhole] = useKept('journeys-whole', false);
  const latest = journeys.toSorted((a, b) => Date.parse(b.lastAt) - Date.parse(a.lastAt));
  const shown = isWhole ? latest : latest.slice(0, journeysAtFirst);
  return (
    <>
      <JourneyTable label="Journeys of this customer" journeys={shown} showCustomer={false} />
      {shown.length < latest.length ? (
        <button type="button" className="more" onClick={() => setIsWhole(true)}>
          Show all {latest.length}
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
          <strong>Quietly leaving.</strong> Satisfied, yet silent for longer than the rhythm of their visits allows.
          Nobody complains before leaving this way.
        </p>
      ) : null}
    </>
  );
}

function CustomerFacts({ customer }: { customer: Customer | CustomerFromRows }) {
  const loyalty = loyaltyText(customer.loyalty);
  return (
    <header className="subject">
      <div className="subject-name">
        <p className="eyebrow">Customer</p>
        <h1 className="id">{customer.id}</h1>
        <p className="muted">{loyalty.title}</p>
      </div>
      <ol className="stages" aria-label="Trust stage">
        {stages.map((stage) => (
          <li
            key={stage}
            className={stage === customer.stage ? 'current-stage' : ''}
            title={stageMeaning[stage]}
            {...(stage === customer.stage ? { 'aria-current': 'step' as const } : {})}
          >
            {capitalised(stage)}
          </li>
        ))}
      </ol>
      <dl className="facts">
        <div>
          <dt>In this stage since</dt>
          <dd>{customer.since === null ? 'the beginning' : <Time at={customer.since} />}</dd>
        </div>
        <div>
          <dt>Satisfaction S</dt>
          <dd>{scoreText(customer.satisfaction)}</dd>
        </div>
        <div>
          <dt>Satisfied moments</dt>
          <dd>{countText(customer.satisfiedMoments)}</dd>
        </div>
        <div>
          <dt>Delights</dt>
          <dd>{countText(customer.delights)}</dd>
        </div>
        <div>
          <dt>Purchases</dt>
          <dd>{countText(customer.purchases)}</dd>
        </div>
      </dl>
    </header>
  );
}
