import type { Objectives } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { Figure } from '../components/figure.tsx';
import { Scrolling, Touchpoint } from '../components/parts.tsx';
import { countText, missing, percentText, tenthText } from '../i18n/format.ts';
import { Card } from './card.tsx';

type State = Objectives['items'][number];

/** The window unless an objective tells another. */
const WINDOW_DAYS = 28;

/** An objective: how much of its budget is spent, and how fast it burns by each rule. */
export function ObjectiveCard({ state, now }: { state: State; now: string }) {
  const { name, objective, moments, failures, rate, budget, spent, burnRates, firing, cannotFire } = state;
  const { touchpoint, channel, journeyType, team, windowDays = WINDOW_DAYS } = objective;
  // Both ends of the window, whose begin is not in it and whose end is.
  const from = new Date(Date.parse(now) - windowDays * DAY_MS + 1).toISOString();
  const place = { touchpoint, channel, type: journeyType, team, site: undefined };
  const behind = {
    to: '/touchpoints' as const,
    with: { ...place, view: 'moments', failed: 'true', last: undefined, from, to: undefined },
  };
  const others = [channel, journeyType, team].filter((part) => part !== undefined).join(' · ');
  return (
    <Card
      kind="objective"
      {...{ name, firing }}
      what={
        <>
          <Touchpoint name={touchpoint} /> {others} ·{' '}
          {t('watched.shall', { objective: percentText(objective.objective) })}
        </>
      }
    >
      <p>
        <Figure behind={failures === 0 ? undefined : behind} label={name}>
          {t('failing.of', { failures: countText(failures), moments: countText(moments) })}
        </Figure>{' '}
        <span className="muted">({percentText(rate)})</span>
      </p>
      <Budget {...{ spent, budget, windowDays }} />
      <Scrolling label={t('watched.burn')}>
        <table className="rows burn">
          <thead>
            <tr>
              <th scope="col">{t('watched.rule')}</th>
              <th scope="col" className="number">
                {t('watched.long')}
              </th>
              <th scope="col" className="number">
                {t('watched.short')}
              </th>
              <th scope="col">{t('column.state')}</th>
            </tr>
          </thead>
          <tbody>
            {burnRates.map(({ rule, long, short, holds }) => (
              <tr key={rule}>
                <th scope="row">{rule}</th>
                <td className="number">{long === null ? missing : `${tenthText(long)} ×`}</td>
                <td className="number">{short === null ? missing : `${tenthText(short)} ×`}</td>
                <td className={holds ? 'bad' : 'muted'}>{holds ? t('watched.holds') : t('watched.calm')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolling>
      {cannotFire.map(({ rule, firesFromObjective }) => (
        <p key={rule} className="small muted">
          {t('watched.cannotFire', { rule, objective: percentText(firesFromObjective) })}
        </p>
      ))}
    </Card>
  );
}

function Budget({ spent, budget, windowDays }: { spent: number | null; budget: number; windowDays: number }) {
  const share = spent ?? 0;
  return (
    <div className="budget">
      <span className="budget-track" aria-hidden="true">
        <i className={share > 1 ? 'budget-over' : ''} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </span>
      <span className="small">
        {spent === null
          ? t('watched.noMoments', { count: windowDays })
          : t('watched.spent', { count: windowDays, spent: percentText(spent), budget: tenthText(budget) })}
      </span>
    </div>
  );
}
