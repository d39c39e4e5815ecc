import type { FailureRates, JourneyList } from '@touchstone/api';
import { pluralText } from '../format.ts';
import { refreshMs } from '../refresh.ts';
import { Link } from '../router.tsx';
import { Empty, Loading } from '../states.tsx';
import { useTitles } from '../titles.ts';
import { useAnswer } from '../use-answer.ts';
import { type Chosen, overviewPath } from './failure-rates.ts';
import { anyJourneyPath, momentsPath } from './lowest-journeys.ts';

/**
 * Explains why no journey is listed: none ever met the touchpoint, or none of this period has a
 * score.
 */
export function NothingListed({ chosen }: { chosen: Chosen }) {
  const { touchpoint } = chosen;
  const ever = useAnswer<JourneyList>(touchpoint === null ? null : anyJourneyPath(touchpoint), refreshMs);
  if (touchpoint !== null && ever.data?.items.length === 0) {
    return <NeverMet touchpoint={touchpoint} allPath={overviewPath({ ...chosen, touchpoint: null })} />;
  }
  return <NoneScored everPath={chosen.started === null ? null : overviewPath({ ...chosen, started: null })} />;
}

/**
 * Shown if no journey met the touchpoint. Moments without a journey may have, or a definition may
 * await its first journey.
 */
function NeverMet({ touchpoint, allPath }: { touchpoint: string; allPath: string }) {
  const { data, problem } = useAnswer<FailureRates>(momentsPath(touchpoint), refreshMs);
  const { isDefined } = useTitles();
  if (data === undefined && problem === undefined) return <Loading what="the moments at this touchpoint" rows={2} />;
  const moments = data?.rows.reduce((sum, row) => sum + row.moments, 0) ?? 0;
  const isNowhere = data !== undefined && moments === 0 && !isDefined(touchpoint);
  return (
    <Empty title={isNowhere ? `There is no such touchpoint: ${touchpoint}` : `No journey has ever met ${touchpoint}`}>
      <p>
        {moments > 0
          ? `${pluralText(moments, 'moment was', 'moments were')} recorded at it without a journey: they count for failure rates and for trust.`
          : isNowhere
            ? 'No moment was ever recorded at it, and no definition in force names it. Names are matched exactly, capitals included.'
            : 'Names are matched exactly, capitals included.'}
      </p>
      <p>
        <Link to={allPath} replace>
          Show the journeys of all touchpoints
        </Link>
      </p>
    </Empty>
  );
}

function NoneScored({ everPath }: { everPath: string | null }) {
  return (
    <Empty title="No scored journey here">
      <p>
        {everPath === null ? (
          'A journey gets its score with its first moment or feedback.'
        ) : (
          <>
            None that started in this period has a score.{' '}
            <Link to={everPath} replace>
              Show all time
            </Link>
          </>
        )}
      </p>
    </Empty>
  );
}
