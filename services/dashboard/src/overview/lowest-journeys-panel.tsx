import type { JourneyList } from '@touchstone/api';
import { JourneyTable, Panel } from '../parts.tsx';
import { refreshMs } from '../refresh.ts';
import { Link, navigate } from '../router.tsx';
import { Failed, Loading, Outdated } from '../states.tsx';
import { useTitles } from '../titles.ts';
import { useAnswer } from '../use-answer.ts';
import { type Chosen, chosenIn, overviewPath } from './failure-rates.ts';
import { lowestJourneysPath, openFirst } from './lowest-journeys.ts';
import { NothingListed } from './nothing-listed.tsx';
import { Period } from './period.tsx';

export function LowestJourneysPanel({ now, search }: { now: string; search: string }) {
  const chosen = chosenIn(search);
  const open = useAnswer<JourneyList>(lowestJourneysPath(chosen, now, 'open'), refreshMs);
  const all = useAnswer<JourneyList>(lowestJourneysPath(chosen, now, 'all'), refreshMs);
  const worse = open.problem === undefined ? all : open;
  const journeys = open.data === undefined || all.data === undefined ? undefined : openFirst(open.data, all.data);
  const isBehind = open.isBehind || all.isBehind;
  return (
    <Panel title="Lowest scoring journeys" note={noteOn(chosen)} tools={<Choices chosen={chosen} />}>
      {journeys === undefined && worse.problem !== undefined ? (
        <Failed problem={worse.problem} reload={worse.reload} what="journeys" />
      ) : journeys === undefined ? (
        <Loading what="journeys" rows={6} />
      ) : (
        <>
          <Outdated answer={{ ...worse, isBehind }} />
          <div className={isBehind ? 'behind' : ''} aria-busy={isBehind}>
            {journeys.length > 0 ? (
              <JourneyTable label="Lowest scoring journeys" journeys={journeys} now={now} showCustomer />
            ) : isBehind ? null : (
              <NothingListed chosen={chosen} />
            )}
          </div>
        </>
      )}
    </Panel>
  );
}

function noteOn({ started }: Chosen): string {
  const order = 'Those that are open first, the worst on top';
  return started === null ? `${order}.` : `${order}; of those started in the last ${started} days.`;
}

function Choices({ chosen }: { chosen: Chosen }) {
  const { touchpoint, started } = chosen;
  const title = useTitles().touchpoint(touchpoint ?? '');
  return (
    <div className="tools">
      <Period
        name="started"
        legend="Started"
        days={started}
        onChoose={(days) => navigate(overviewPath({ ...chosen, started: days }), 'replace')}
      />
      {touchpoint === null ? null : (
        <Link to={overviewPath({ ...chosen, touchpoint: null })} replace className="chip">
          {title ?? touchpoint} <span aria-hidden="true">×</span>
          <span className="hidden">: show all touchpoints</span>
        </Link>
      )}
    </div>
  );
}
