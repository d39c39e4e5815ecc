import type { TimelineEntry } from '@touchstone/api';
import { scoreText, signedText } from '../format.ts';
import { MoreButton, StageMove, Time, Touchpoint, VerdictBadge } from '../parts.tsx';
import { useKept } from '../router.tsx';
import type { Pages } from '../use-pages.ts';
import { eventText, reasonText, spaced, surveyText } from '../words.ts';

const entriesAtFirst = 60;

/**
 * All entries in the order of their effect, so that each score is the one from which the next entry
 * starts.
 */
export function Timeline({
  entries,
  type,
  further,
}: {
  entries: readonly TimelineEntry[];
  type: string;
  further: Pages<unknown>;
}) {
  const [isWhole, setIsWhole] = useKept('timeline-whole', false);
  const inOrder = withLateness(entries);
  const shown = isWhole ? inOrder : inOrder.slice(0, entriesAtFirst);
  return (
    <>
      <ol className="timeline">
        {shown.map(({ entry, isLate }) => (
          <Entry key={entry.order} {...{ entry, isLate, type }} />
        ))}
      </ol>
      {entries.length > shown.length ? (
        <button type="button" className="more" onClick={() => setIsWhole(true)}>
          Show all {entries.length}
        </button>
      ) : (
        <MoreButton of={further} />
      )}
    </>
  );
}

/** An entry is late if it took effect after something that happened later. */
function withLateness(entries: readonly TimelineEntry[]) {
  let latest = Number.NEGATIVE_INFINITY;
  return entries
    .toSorted((a, b) => a.order - b.order)
    .map((entry) => {
      const at = Date.parse(entry.at);
      const isLate = at < latest;
      latest = Math.max(latest, at);
      return { entry, isLate };
    });
}

function Entry({ entry, isLate, type }: { entry: TimelineEntry; isLate: boolean; type: string }) {
  const { at, verdict, isFallenDue, isOutside, scoreBefore, scoreAfter } = entry;
  const isMove = entry.to !== undefined;
  return (
    <li className={`entry entry-${kindOf(entry)}`} title={`${entry.eventId} from ${entry.source}`}>
      <p className="entry-head">
        <Title entry={entry} type={type} />
        {verdict === null ? null : <VerdictBadge verdict={verdict} />}
        {isFallenDue ? <span className="badge due">fell due</span> : null}
        {isLate ? <span className="badge due">told late</span> : null}
      </p>
      <p className="small muted">
        <Time at={at} />
        {detailsOf(entry).map((detail) => ` · ${detail}`)}
        {isOutside && !isFallenDue ? ' · by an event outside of this journey' : ''}
      </p>
      {entry.expects?.map((expected) => (
        <Expected key={expected.promiseId} {...{ expected, type }} />
      ))}
      {isMove ? null : <Effect before={scoreBefore} after={scoreAfter} />}
    </li>
  );
}

type ExpectedPromise = NonNullable<TimelineEntry['expects']>[number];

/** A touchpoint that is expected since the entry, and whether it was reached. */
function Expected({ expected, type }: { expected: ExpectedPromise; type: string }) {
  const { touchpoint, dueAt, state, closedAt } = expected;
  return (
    <p className="small muted">
      <Touchpoint name={touchpoint} type={type} /> expected by <Time at={dueAt} />
      {state === 'open' ? '' : ` · ${spaced(state)}`}
      {closedAt === null ? null : (
        <>
          {' '}
          <Time at={closedAt} />
        </>
      )}
    </p>
  );
}

function kindOf({ verdict, isFallenDue, to }: TimelineEntry): string {
  if (to !== undefined) return 'move';
  return verdict ?? (isFallenDue ? 'due' : 'other');
}

/**
 * A moment's title is its touchpoint and an answer's its survey; any other entry is titled by its
 * event.
 */
function Title({ entry, type }: { entry: TimelineEntry; type: string }) {
  const { touchpoint, instrument, outcome, from, to } = entry;
  if (from !== undefined && to !== undefined) return <StageMove from={from} to={to} />;
  if (touchpoint === null) {
    return <strong>{instrument === undefined ? eventText(entry.type) : surveyText(instrument, null)}</strong>;
  }
  const place = <Touchpoint name={touchpoint} type={type} />;
  if (outcome !== null) return <strong>{place}</strong>;
  return (
    <strong>
      {instrument === undefined ? `${eventText(entry.type, entry.expected)}: ` : `${surveyText(instrument, null)} at `}
      {place}
    </strong>
  );
}

function detailsOf(entry: TimelineEntry): readonly string[] {
  const { channel, outcome, score, complaintId, because } = entry;
  // The id of an expected promise says nothing that its touchpoint does not.
  const promiseId = entry.expected ? undefined : entry.promiseId;
  const details = [channel, outcome, promiseId, complaintId].filter(
    (detail) => detail !== null && detail !== undefined,
  );
  if (because !== undefined) details.push(reasonText(because));
  if (score !== null) details.push(`scored ${scoreText(score)}`);
  return details;
}

/** The journey's score before and after the entry, as text and on a line from 0 to 100. */
function Effect({ before, after }: { before: number | null; after: number | null }) {
  if (after === null) return null;
  const change = after - (before ?? after);
  const direction = Math.abs(change) < 0.05 ? 'same' : change > 0 ? 'up' : 'down';
  const left = Math.min(before ?? after, after);
  return (
    <p className={`effect effect-${direction}`}>
      <span className="effect-text">
        <span className="hidden">Score </span>
        {before === null ? 'first score ' : `${scoreText(before)} → `}
        <b>{scoreText(after)}</b>
        {direction === 'same' ? '' : <span className="effect-change"> {signedText(change)}</span>}
      </span>
      <span className="effect-track" aria-hidden="true">
        <i className="effect-range" style={{ left: `${left}%`, width: `${Math.abs(change)}%` }} />
        <i className="effect-point" style={{ left: `${after}%` }} />
      </span>
    </p>
  );
}
