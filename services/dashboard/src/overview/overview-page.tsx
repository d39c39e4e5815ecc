import type { Overview, Position } from '@touchstone/api';
import { agoText, timeText } from '../format.ts';
import { refreshMs } from '../refresh.ts';
import { Failed, Loading, Outdated, usePageTitle } from '../states.tsx';
import { useAnswer } from '../use-answer.ts';
import { FailureRatesPanel } from './failure-rates-panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { LowestJourneysPanel } from './lowest-journeys-panel.tsx';
import { NotWorking } from './not-working.tsx';
import { PromiseLedger } from './promise-ledger.tsx';
import { SatisfactionLevels } from './satisfaction-levels.tsx';
import { SystemStrip } from './system-strip.tsx';
import { TrustChanges } from './trust-changes.tsx';
import { TrustLadder } from './trust-ladder.tsx';

export function OverviewPage({ search }: { search: string }) {
  usePageTitle('Overview');
  const overview = useAnswer<Overview>('/v1/overview', refreshMs);
  const position = useAnswer<Position>('/v1/position', refreshMs);
  const { data, problem, reload } = overview;

  return (
    <>
      <div className="page-head">
        <h1>Overview</h1>
        {data === undefined ? null : <Now now={data.now} />}
      </div>
      <Outdated answer={overview} />
      {data === undefined && problem !== undefined ? (
        <Failed problem={problem} reload={reload} what="the overview" />
      ) : data === undefined ? (
        <Loading what="the overview" rows={6} />
      ) : (
        <Figures overview={data} search={search} />
      )}
      <NotWorking />
      <SystemStrip answer={position} />
    </>
  );
}

function Figures({ overview, search }: { overview: Overview; search: string }) {
  const customers = Object.values(overview.customersByStage).reduce((sum, n) => sum + Number(n), 0);
  if (customers === 0) return <FirstSteps />;
  return (
    <div className="grid">
      <TrustLadder byStage={overview.customersByStage} />
      <div className="stack">
        <FailureRatesPanel now={overview.now} search={search} />
        <LowestJourneysPanel now={overview.now} search={search} />
      </div>
      <div className="stack">
        <SatisfactionLevels byLevel={overview.journeysByLevel} byStatus={overview.journeysByStatus} />
        <PromiseLedger byState={overview.promisesByState} />
        <TrustChanges changes={overview.latestTrustChanges} now={overview.now} />
      </div>
    </div>
  );
}

/**
 * With historical data the product's now is in the past, and every "ago" on the page counts from
 * it.
 */
function Now({ now }: { now: string }) {
  const isLive = Math.abs(Date.now() - Date.parse(now)) < 3_600_000;
  return (
    <p className="small muted">
      {isLive ? 'As of ' : 'Historical data: now is '}
      <time dateTime={now} title={now}>
        {timeText(now)}
      </time>
      {isLive ? '' : `, ${agoText(now, new Date().toISOString())}`}
    </p>
  );
}
