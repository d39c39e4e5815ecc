import type { Position } from '@touchstone/api';
import { t } from 'i18next';
import { Trans } from 'react-i18next';
import type { Shown } from '../data/use-answer.ts';
import { PageLink } from '../frame/links.tsx';
import { clockText, countText, durationText } from '../i18n/format.ts';
import { conservationOf } from './conservation.ts';

/**
 * State of the system, and whether every accepted event is accounted for; shown while the system
 * answers.
 */
export function SystemStrip({ answer }: { answer: Shown<Position> }) {
  const { data: position, problem, answeredAt } = answer;
  if (position === undefined) {
    return problem === undefined ? null : (
      <section className="strip" aria-label={t('system.title')}>
        <p className="bad">{t('system.unread', { detail: problem.detail })}</p>
      </section>
    );
  }
  const { state: stateThen, accepted, stored, projected, parked, behind } = conservationOf(position);
  const state = problem === undefined ? stateThen : 'unknown';
  return (
    <section className={`strip strip-${state}`} aria-label={t('system.title')}>
      <p className="strip-sum">
        <span className="strip-mark" aria-hidden="true">
          {marks[state]}
        </span>
        <span>
          <Trans
            i18nKey="system.sum"
            values={{
              accepted: countText(String(accepted)),
              stored: countText(String(stored)),
              projected: countText(String(projected)),
              parked: countText(String(parked)),
            }}
            components={{ b: <b />, op: <span className="op" /> }}
          />
        </span>
      </p>
      <p>
        <PageLink to="/system">{state === 'unknown' ? saidOfThen(answeredAt) : said(state, behind)}</PageLink>
      </p>
      <dl>
        <div className="strip-fact">
          <dt>{t('system.log')}</dt>
          <dd>{String(position.log)}</dd>
        </div>
        <div className="strip-fact">
          <dt>{t('system.rows')}</dt>
          <dd>{String(position.projected)}</dd>
        </div>
        <div className="strip-fact">
          <dt>{t('system.lag')}</dt>
          <dd>{state === 'unknown' ? '?' : behind === 0n ? t('system.noLag') : durationText(position.lagMs)}</dd>
        </div>
      </dl>
    </section>
  );
}

const marks = { holds: '✓', broken: '!', 'catching-up': '…', unknown: '?' };

function saidOfThen(answeredAt: number | undefined): string {
  return answeredAt === undefined ? t('system.unknown') : t('system.unknownSince', { time: clockText(answeredAt) });
}

function said(state: 'holds' | 'catching-up' | 'broken', behind: bigint): string {
  if (state === 'holds') return t('system.holds');
  if (state === 'catching-up') return t('system.catchingUp', { behind: countText(String(behind)) });
  return t('system.broken');
}
