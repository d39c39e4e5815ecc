import type { Position } from '@touchstone/api';
import { clockText, countText, durationText } from '../format.ts';
import type { Answer } from '../use-answer.ts';
import { conservationOf } from './conservation.ts';

/**
 * State of the system, and whether every accepted event is accounted for; shown while the system
 * answers.
 */
export function SystemStrip({ answer }: { answer: Answer<Position> }) {
  const { data: position, problem, answeredAt } = answer;
  if (position === undefined) {
    return problem === undefined ? null : (
      <section className="strip" aria-label="System">
        <p className="bad">The position of the system could not be read: {problem.detail}</p>
      </section>
    );
  }
  const { state: stateThen, accepted, stored, projected, parked, behind } = conservationOf(position);
  const state = problem === undefined ? stateThen : 'unknown';
  return (
    <section className={`strip strip-${state}`} aria-label="System">
      <p className="strip-sum">
        <span className="strip-mark" aria-hidden="true">
          {marks[state]}
        </span>
        <span>
          <b>{countText(String(accepted))}</b> accepted <span className="op">=</span> <b>{countText(String(stored))}</b>{' '}
          stored <span className="op">=</span> <b>{countText(String(projected))}</b> projected{' '}
          <span className="op">+</span> <b>{countText(String(parked))}</b> parked
        </span>
      </p>
      <p>{state === 'unknown' ? saidOfThen(answeredAt) : said(state, behind)}</p>
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
          <dd>{state === 'unknown' ? '?' : behind === 0n ? 'none' : durationText(position.lagMs)}</dd>
        </div>
      </dl>
    </section>
  );
}

const marks = { holds: '✓', broken: '!', 'catching-up': '…', unknown: '?' };

function saidOfThen(answeredAt: number | undefined): string {
  const when = answeredAt === undefined ? 'an earlier time' : clockText(answeredAt);
  return `Not known now: the system does not answer. This was its position at ${when}.`;
}

function said(state: 'holds' | 'catching-up' | 'broken', behind: bigint): string {
  if (state === 'holds') return 'Every accepted event is accounted for.';
  if (state === 'catching-up') return `Catching up: ${countText(String(behind))} to go.`;
  return 'It does not add up. Run “pnpm touchstone doctor”.';
}
