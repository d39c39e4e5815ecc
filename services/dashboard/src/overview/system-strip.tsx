import type { Position } from '../answers.ts';
import type { Problem } from '../api.ts';
import { countText, durationText } from '../format.ts';
import { conservationOf } from './conservation.ts';

/** Where the system stands, and whether every event that it accepted is accounted for. */
export function SystemStrip({ position, problem }: { position: Position | undefined; problem: Problem | undefined }) {
  if (position === undefined) {
    return problem === undefined ? null : (
      <section className="strip" aria-label="System">
        <p className="bad">The position of the system could not be read: {problem.detail}</p>
      </section>
    );
  }
  const { state, accepted, stored, projected, parked, behind } = conservationOf(position);
  return (
    <section className={`strip strip-${state}`} aria-label="System">
      <p className="strip-sum">
        <span className="strip-mark" aria-hidden="true">
          {state === 'holds' ? '✓' : state === 'broken' ? '!' : '…'}
        </span>
        <span>
          <b>{countText(String(accepted))}</b> accepted <span className="op">=</span> <b>{countText(String(stored))}</b>{' '}
          stored <span className="op">=</span> <b>{countText(String(projected))}</b> projected{' '}
          <span className="op">+</span> <b>{countText(String(parked))}</b> parked
        </span>
      </p>
      <p>{said(state, behind)}</p>
      <dl>
        <div className="strip-fact">
          <dt>Log</dt>
          <dd>{String(position.log)}</dd>
        </div>
        <div className="strip-fact">
          <dt>Read model</dt>
          <dd>{String(position.projected)}</dd>
        </div>
        <div className="strip-fact">
          <dt>Lag</dt>
          <dd>{behind === 0n ? 'none' : durationText(position.lagMs)}</dd>
        </div>
      </dl>
    </section>
  );
}

function said(state: 'holds' | 'catching-up' | 'broken', behind: bigint): string {
  if (state === 'holds') return 'Every accepted event is accounted for.';
  if (state === 'catching-up') return `Catching up: ${countText(String(behind))} to go.`;
  return 'It does not add up. Run “pnpm touchstone doctor”.';
}
