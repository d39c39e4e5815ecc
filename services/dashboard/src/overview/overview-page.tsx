import type { Clock, Overview, Position } from '@touchstone/api';
import { t } from 'i18next';
import { Trans } from 'react-i18next';
import { Failed, Loading, Outdated, usePageTitle } from '../components/states.tsx';
import { serverTime } from '../data/server-time.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useAddress } from '../frame/links.tsx';
import { agoText, timeText } from '../i18n/format.ts';
import { type Period, periodIn } from '../selection/selection.ts';
import { AlertsPanel } from './alerts-panel.tsx';
import { CoursePanel } from './course-panel.tsx';
import { FailingPanel } from './failing-panel.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Headline } from './headline.tsx';
import { LevelsPanel } from './levels-panel.tsx';
import { LowestPanel } from './lowest-panel.tsx';
import { NotWorking } from './not-working.tsx';
import { useFailureRates, useMeasures, usePromisesReport, useTransitions } from './period-questions.ts';
import { QueuePanel } from './queue-panel.tsx';
import { RiverPanel } from './river-panel.tsx';
import { SystemStrip } from './system-strip.tsx';
import { Tiles } from './tiles.tsx';

export function OverviewPage() {
  usePageTitle(t('page.overview'));
  const overview = useAnswer<Overview>('/v1/overview');
  const clock = useAnswer<Clock>('/v1/clock');
  const position = useAnswer<Position>('/v1/position');
  const { data, problem, reload } = overview;
  const now = clock.data?.now ?? data?.now;
  return (
    <div className="overview">
      <div className="page-head">
        <h1>{t('page.overview')}</h1>
        {now === undefined ? null : <Now now={now} />}
      </div>
      <Outdated answer={overview} />
      {data === undefined && problem !== undefined ? (
        <Failed problem={problem} reload={reload} what={t('overview.the')} />
      ) : data === undefined || now === undefined ? (
        <Loading what={t('overview.the')} rows={8} />
      ) : (
        <Figures overview={data} now={now} />
      )}
      <NotWorking />
      <SystemStrip answer={position} />
    </div>
  );
}

function Figures({ overview, now }: { overview: Overview; now: string }) {
  const address = useAddress();
  const customers = Object.values(overview.customersByStage).reduce((sum, n) => sum + Number(n), 0);
  if (customers === 0) return <FirstSteps />;
  return (
    <OfPeriod overview={overview} now={now} period={periodIn(address, now)} compares={address.compare !== 'off'} />
  );
}

function OfPeriod(props: { overview: Overview; now: string; period: Period; compares: boolean }) {
  const { overview, now, period, compares } = props;
  const rates = useFailureRates(period, true, 'touchpoint,channel');
  const moves = useTransitions(period, true);
  const promises = usePromisesReport(period, true);
  const measures = useMeasures(period, compares);
  return (
    <>
      <Headline period={period} rates={rates} moves={moves} promises={promises} />
      <Tiles {...{ overview, period, measures, promises, compares }} />
      <div className="grid">
        <div className="stack">
          <RiverPanel byStage={overview.customersByStage} {...{ period, moves, compares, now }} />
          <FailingPanel rates={rates} period={period} compares={compares} />
        </div>
        <div className="stack">
          <QueuePanel now={now} />
          <AlertsPanel now={now} />
          <CoursePanel measures={measures} />
          <LevelsPanel byLevel={overview.journeysByLevel} byStatus={overview.journeysByStatus} />
        </div>
        <LowestPanel period={period} />
      </div>
    </>
  );
}

/**
 * With historical data the product's now is in the past, and every "ago" on the page counts from
 * it.
 */
function Now({ now }: { now: string }) {
  const isLive = Math.abs(serverTime() - Date.parse(now)) < 3_600_000;
  return (
    <p className="small muted">
      <Trans
        i18nKey={isLive ? 'overview.asOf' : 'overview.historical'}
        values={{ ago: agoText(now, new Date(serverTime()).toISOString()) }}
        components={{
          time: (
            <time dateTime={now} title={now}>
              {timeText(now)}
            </time>
          ),
        }}
      />
    </p>
  );
}
