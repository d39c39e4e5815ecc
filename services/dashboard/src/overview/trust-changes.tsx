import type { Overview } from '@touchstone/api';
import { Panel, StageMove, Time } from '../parts.tsx';
import { customerPath } from '../route.ts';
import { Link, useKept } from '../router.tsx';
import { Empty } from '../states.tsx';
import { reasonText, stages } from '../words.ts';

const changesAtFirst = 10;

export function TrustChanges({ changes, now }: { changes: Overview['latestTrustChanges']; now: string }) {
  const [isWhole, setIsWhole] = useKept('changes-whole', false);
  return (
    <Panel title="Latest trust changes">
      {changes.length === 0 ? (
        <Empty title="Nobody has moved yet">
          <p>The first step takes three satisfied moments, the last two in a row, and a satisfaction of 70 or more.</p>
        </Empty>
      ) : (
        <ol className="changes">
          {changes.slice(0, isWhole ? changes.length : changesAtFirst).map((change) => (
            <Change key={`${change.customerId} ${change.at} ${change.to}`} change={change} now={now} />
          ))}
        </ol>
      )}
      {changes.length > changesAtFirst ? (
        <button type="button" className="more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show the latest ${changes.length}`}
        </button>
      ) : null}
    </Panel>
  );
}

function Change({ change, now }: { change: Overview['latestTrustChanges'][number]; now: string }) {
  const isUp = stages.indexOf(change.to) > stages.indexOf(change.from);
  return (
    <li className={isUp ? 'up' : 'down'}>
      <span className="direction" aria-hidden="true">
        {isUp ? '↑' : '↓'}
      </span>
      <div>
        <Link to={customerPath(change.customerId)} className="id">
          {change.customerId}
        </Link>
        <StageMove from={change.from} to={change.to} />
        <p className="small muted">{reasonText(change.because)}</p>
      </div>
      <span className="small muted when">
        <Time at={change.at} now={now} />
      </span>
    </li>
  );
}
