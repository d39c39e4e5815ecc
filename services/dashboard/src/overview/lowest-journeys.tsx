import type { JourneyList } from '../answers.ts';
import { JourneyTable, Panel } from '../parts.tsx';
import { Link } from '../router.tsx';
import { Empty, Failed, Loading } from '../states.tsx';
import { useAnswer } from '../use-answer.ts';
import { chosenIn, overviewPath } from './failure-rates.ts';
import { refreshMs } from './overview-page.tsx';

export function LowestJourneys({ now, search }: { now: string; search: string }) {
  const chosen = chosenIn(search);
  const { touchpoint } = chosen;
  // `minScore` leaves out the journeys in which nothing is scored.
  const parameters = new URLSearchParams({ minScore: '0', sort: 'score', limit: '10' });
  if (touchpoint !== null) parameters.set('touchpoint', touchpoint);
  const { data, problem, isBehind, reload } = useAnswer<JourneyList>(`/v1/journeys?${parameters}`, refreshMs);
  return (
    <Panel
      title="Lowest scoring journeys"
      note={touchpoint === null ? 'Worst first.' : 'Worst first, of those that met one touchpoint.'}
      tools={
        touchpoint === null ? null : (
          <Link to={overviewPath({ ...chosen, touchpoint: null })} replace className="chip">
            {touchpoint} <span aria-hidden="true">×</span>
            <span className="hidden">: show all touchpoints</span>
          </Link>
        )
      }
    >
      {data === undefined && problem !== undefined ? (
        <Failed problem={problem} reload={reload} what="journeys" />
      ) : data === undefined ? (
        <Loading what="journeys" rows={6} />
      ) : data.items.length === 0 ? (
        <Empty title="No journey is scored yet">
          <p>A journey gets its score with its first moment or feedback.</p>
        </Empty>
      ) : (
        <div className={isBehind ? 'behind' : ''} aria-busy={isBehind}>
          <JourneyTable label="Lowest scoring journeys" journeys={data.items} now={now} showCustomer />
        </div>
      )}
    </Panel>
  );
}
