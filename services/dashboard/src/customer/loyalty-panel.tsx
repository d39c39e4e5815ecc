import type { Customer, CustomerFromRows, Policy } from '@touchstone/api';
import { t } from 'i18next';
import type { ReactNode } from 'react';
import { Panel } from '../components/parts.tsx';
import { countText, scoreText, tenthText } from '../i18n/format.ts';
import { loyaltyText } from '../i18n/words.ts';

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
    <Panel title={t('loyalty.title')} note={t('loyalty.note')}>
      <p>
        <strong>{title}.</strong> {meaning}
      </p>
      <ul className="factors">
        <Factor name={t('loyalty.attitude')} isThere={hasAttitude}>
          {t('loyalty.satisfaction', { satisfaction: scoreText(satisfaction), count: satisfiedMoments })}
          {policy === undefined ? t('loyalty.stop') : attitudeRule(policy)}
        </Factor>
        <Factor name={t('column.purchases')} isThere={buys}>
          {policy === undefined ? t(buys ? 'loyalty.often' : 'loyalty.rarely') : purchasesText(policy, buys)}
        </Factor>
      </ul>
      {stage === 'behavioural' && loyalty !== 'true' ? (
        <p className="note">
          <strong>{t('loyalty.allTheSame')}</strong>{' '}
          {policy === undefined ? t('loyalty.keptUntil') : t('loyalty.keptUntilRule', { rule: lossRule(policy) })}{' '}
          {t(hasAttitude ? 'loyalty.rare' : 'loyalty.attitudeFirst')}
        </p>
      ) : null}
    </Panel>
  );
}

function attitudeRule({ loyalty }: Policy): string {
  const { satisfaction, satisfiedMoments } = loyalty;
  return t('loyalty.attitudeRule', { satisfaction: tenthText(satisfaction), moments: countText(satisfiedMoments) });
}

function purchasesText({ loyalty }: Policy, buys: boolean): string {
  const { purchases, purchaseDays } = loyalty;
  return t(buys ? 'loyalty.atLeast' : 'loyalty.fewer', { purchases: countText(purchases), count: purchaseDays });
}

function lossRule({ trust }: Policy): string {
  const { lostBelow, incidents, noPurchaseDays } = trust.behavioural;
  return t('loyalty.lossRule', {
    below: tenthText(lostBelow),
    incidents: t('loyalty.incidents', { count: incidents, days: countText(trust.incidentDays) }),
    noPurchase: t('loyalty.noPurchase', { count: noPurchaseDays }),
  });
}

function Factor({ name, isThere, children }: { name: string; isThere: boolean; children: ReactNode }) {
  return (
    <li>
      <span className={isThere ? 'good' : 'bad'} aria-hidden="true">
        {isThere ? '✓' : '✗'}
      </span>
      <span>
        <b>{t(isThere ? 'loyalty.isThere' : 'loyalty.isNotThere', { name })}</b>{' '}
        <span className="muted">{children}</span>
      </span>
    </li>
  );
}
