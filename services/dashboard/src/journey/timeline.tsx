import { useState } from 'react';
import type { TimelineEntry } from '../answers.ts';
import { scoreText, signedText } from '../format.ts';
import { Time, VerdictBadge } from '../parts.tsx';
import { eventText } from '../words.ts';

const entriesAtFirst = 60;

/** Every event of the journey in the order of its time, with what it did to the score. */
export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? entries : entries.slice(0, entriesAtFirst);
  return (
    <>
      <ol className="timeline">
        {shown.map((entry) => (
          <Entry key={`${entry.source} ${entry.eventId}`} entry={entry} />
        ))}
      </ol>
      {entries.length > shown.length ? (
        <button type="button" className="more" onClick={() => setIsWhole(true)}>
          Show all {entries.length}
        </button>
      ) : null}
    </>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { type, at, touchpoint, channel, outcome, score, verdict, scoreBefore, scoreAfter } = entry;
  // A moment is called by its touchpoint; of anything else the event is the news, and the touchpoint is where.
  const isMoment = outcome !== null && outcome !== '';
  const title = isMoment && touchpoint ? touchpoint : eventText(type);
  const details = [isMoment ? null : touchpoint, channel, outcome].filter(Boolean);
  if (score !== null) details.push(`moment score ${scoreText(score)}`);
  return (
    <li className={`entry entry-${verdict ?? 'other'}`} title={`${entry.eventId} from ${entry.source}`}>
      <p className="entry-head">
        <strong>{title}</strong>
        {verdict === null ? null : <VerdictBadge verdict={verdict} />}
      </p>
      <p className="small muted">
        <Time at={at} />
        {details.map((detail) => ` · ${detail}`)}
      </p>
      <Effect before={scoreBefore} after={scoreAfter} />
    </li>
  );
}

/** The journey's score before and after the event, in words and on a line from 0 to 100. */
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
