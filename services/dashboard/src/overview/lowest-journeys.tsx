import type { JourneyList } from '../answers.ts';
import { JourneyTable, Panel } from '../parts.tsx';
import { Link } from '../router.tsx';
import { Empty, Failed, Loading } from '../states.tsx';
import { useAnswer } from '../use-answer.ts';
import { chosenIn, lowestJourneysPath, overviewPath } from './failure-rates.ts';
import { refreshMs } from './refresh.ts';

export function LowestJourneys({ now, search }: { now: string; search: string }) {
  const chosen = chosenIn(search);
  const { touchpoint } = chosen;
  const { data, problem, isBehind, reload } = useAnswer<JourneyList>(lowestJourneysPath(chosen, now), refreshMs);
  return (
    <Panel
      title="Lowest scoring journeys"
      note={chosen.days === null ? 'Worst first.' : `Worst first, of those started in the last ${chosen.days} days.`}
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
        <Empty title="No scored journey here">
          <p>
            {chosen.days === null
              ? 'A journey gets its score with its first moment or feedback.'
              : 'None that started in this period has a score. A longer period stands above, at the failure rates.'}
          </p>
        </Empty>
      ) : (
        <div className={isBehind ? 'behind' : ''} aria-busy={isBehind}>
          <JourneyTable label="Lowest scoring journeys" journeys={data.items} now={now} showCustomer />
        </div>
      )}
    </Panel>
  );
}
