import type { Customer, CustomerFromRows, Policy } from '@touchstone/api';
import type { ReactNode } from 'react';
import { countText, pluralText, scoreText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { loyaltyText } from '../words.ts';

/**
 * Loyalty is attitude × purchases (Dick & Basu 1994) as of today, while the stage was earned over
 * time and forgives failures. The panel quotes the requirements of the policy in force, or no
 * figures while it is unknown.
 */
export function LoyaltyPanel({
  customer,
  policy,
}: {
  customer: Customer | CustomerFromRows;
  policy: Policy | undefined;
}) {
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
          Satisfaction S is {scoreText(satisfaction)} after {pluralText(satisfiedMoments, 'satisfied moment')}
          {policy === undefined ? '.' : `; ${attitudeRule(policy)}.`}
        </Factor>
        <Factor name="Purchases" isThere={buys}>
          {policy === undefined
            ? buys
              ? 'Often enough, and not long ago.'
              : 'Too few, or too long ago.'
            : purchasesText(policy, buys)}
        </Factor>
      </ul>
      {stage === 'behavioural' && loyalty !== 'true' ? (
        <p className="note">
          <strong>Why the stage is behavioural all the same:</strong> it was earned, and is kept until{' '}
          {policy === undefined
            ? 'satisfaction falls too low, incidents come too close together, or purchases stay away too long'
            : lossRule(policy)}
          . Loyalty looks at today alone:{' '}
          {hasAttitude ? 'the purchases have grown rare.' : 'the attitude has gone first, and the stage may follow.'}
        </p>
      ) : null}
    </Panel>
  );
}

function attitudeRule({ loyalty }: Policy): string {
  return `a loyal attitude takes ${countText(loyalty.satisfaction)} and ${countText(loyalty.satisfiedMoments)}`;
}

function purchasesText({ loyalty }: Policy, buys: boolean): string {
  const { purchases, purchaseDays } = loyalty;
  const amount = `${buys ? 'At least' : 'Fewer than'} ${countText(purchases)}`;
  return `${amount} in the last ${pluralText(purchaseDays, 'day')}, which is what loyal behaviour takes.`;
}

function lossRule({ trust }: Policy): string {
  const { lostBelow, incidents, noPurchaseDays } = trust.behavioural;
  const many = `${pluralText(incidents, 'incident comes', 'incidents come')} within ${pluralText(trust.incidentDays, 'day')}`;
  return `satisfaction falls under ${countText(lostBelow)}, ${many}, or ${pluralText(noPurchaseDays, 'day passes', 'days pass')} without a purchase`;
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
