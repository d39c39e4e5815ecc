import type { ReactNode } from 'react';
import type { Customer } from '../answers.ts';
import { scoreText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { loyaltyText } from '../words.ts';

/** Loyalty is attitude × purchases (Dick & Basu 1994), and of today; the stage was earned over time, and forgives. */
export function LoyaltyPanel({ customer }: { customer: Customer }) {
  const { loyalty, satisfaction, satisfiedMoments, stage } = customer;
  const { title, meaning } = loyaltyText(loyalty);
  const hasAttitude = loyalty === 'true' || loyalty === 'latent';
  const buys = loyalty === 'true' || loyalty === 'spurious';
  return (
    <Panel title="Loyalty today" note="Attitude × purchases">
      <p>
        <strong>{title}.</strong> {meaning}
      </p>
      <ul className="factors">
        <Factor name="Attitude" isThere={hasAttitude}>
          Satisfaction S is {scoreText(satisfaction)} after {satisfiedMoments} satisfied moments; a loyal attitude takes
          75 and three.
        </Factor>
        <Factor name="Purchases" isThere={buys}>
          {buys ? 'Two or more' : 'Fewer than two'} in the last 365 days; loyal behaviour takes two.
        </Factor>
      </ul>
      {stage === 'behavioural' && loyalty !== 'true' ? (
        <p className="note">
          <strong>Why the stage is behavioural all the same:</strong> it was earned, and is kept until satisfaction
          falls under 60, two incidents come within 90 days, or a year passes without a purchase. Loyalty looks at today
          alone:{' '}
          {hasAttitude ? 'the purchases have grown rare.' : 'the attitude has gone first, and the stage may follow.'}
        </p>
      ) : null}
    </Panel>
  );
}

function Factor({ name, isThere, children }: { name: string; isThere: boolean; children: ReactNode }) {
  return (
    <li>
      <span className={isThere ? 'good' : 'bad'} aria-hidden="true">
        {isThere ? '✓' : '✗'}
      </span>
      <span>
        <b>
          {name}: {isThere ? 'yes' : 'no'}.
        </b>{' '}
        <span className="muted">{children}</span>
      </span>
    </li>
  );
}
