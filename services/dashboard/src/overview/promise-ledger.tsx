import type { Overview, PromiseState } from '@touchstone/api';
import { countText, percentText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { promiseStates } from '../words.ts';

/**
 * Outcomes of the promises made. The rate covers only promises that came due: open and withdrawn
 * ones have no outcome.
 */
export function PromiseLedger({ byState }: { byState: Overview['promisesByState'] }) {
  const count = (state: (typeof promiseStates)[number]): number => Number(byState[state] ?? 0);
  const total = promiseStates.reduce((sum, state) => sum + count(state), 0);
  const due = count('kept') + count('kept-late') + count('broken');
  if (total === 0) {
    return (
      <Panel title="Promises">
        <p className="muted small">
          None made yet. Publish <code>touchstone.promise.made.v1</code> with a <code>dueAt</code>, and the ledger keeps
          watch.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title="Promises" note={`${countText(total)} made`}>
      <p className="ledger-rate">
        {due === 0 ? (
          <span className="muted">None has come due yet.</span>
        ) : (
          <>
            <span className="big">{percentText(count('kept') / due)}</span> of the {countText(due)} that came due were
            kept in time
          </>
        )}
      </p>
      <div className="ledger-bar" aria-hidden="true">
        {promiseStates.map((state) =>
          count(state) === 0 ? null : (
            <i key={state} className={`promise-${state}`} style={{ flexGrow: count(state) }} />
          ),
        )}
      </div>
      <dl className="ledger">
        <Count text="Kept in time" n={count('kept')} state="kept" />
        <Count text="Not kept in time" n={count('kept-late') + count('broken')} />
        <Count text="of these kept late" n={count('kept-late')} state="kept-late" isPart />
        <Count text="of these not kept at all" n={count('broken')} state="broken" isPart />
        <Count text="Open" n={count('open')} state="open" />
        <Count text="Withdrawn" n={count('withdrawn')} state="withdrawn" />
      </dl>
    </Panel>
  );
}

function Count(props: { text: string; n: number; state?: PromiseState; isPart?: boolean }) {
  return (
    <div className={props.isPart === true ? 'part' : ''}>
      <dt>
        {props.state === undefined ? null : <i className={`swatch promise-${props.state}`} aria-hidden="true" />}
        {props.text}
      </dt>
      <dd>{countText(props.n)}</dd>
    </div>
  );
}
