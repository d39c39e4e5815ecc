import type { Trial } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling, StageBadge, TypeName } from '../components/parts.tsx';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { countText, listText, missing, scoreText, signedText, timeText } from '../i18n/format.ts';
import { adjustmentText, levelText, reasonText, requirementText } from '../i18n/words.ts';

type Report = NonNullable<Trial['report']>;
type Journey = Report['journeys'][number];
type Customer = Report['customers'][number];

/** Customers and journeys that change under the definitions tried, by how much and why. */
export function TrialReportView({ report }: { report: Report }) {
  const { comparison, changes, faults } = report;
  const { journeys, customers } = comparison;
  return (
    <>
      {faults.length === 0 ? null : (
        <div className="note bad" role="alert">
          <strong>{t('trial.faults')}</strong>
          <ul>
            {faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        </div>
      )}
      <p className="muted">
        {changes.definitions.length === 0
          ? t('trial.nothingTried')
          : t('trial.tried', { types: listText(changes.definitions), count: changes.definitions.length })}
      </p>
      <dl className="facts trial-facts">
        <Sum name={t('trial.journeysChanged')} n={journeys.scoreChanged} of={journeys.compared} to="#trial-journeys" />
        <Sum name={t('trial.statusChanged')} n={journeys.statusChanged} of={journeys.compared} />
        <Sum
          name={t('trial.customersChanged')}
          n={customers.stageChanged}
          of={customers.compared}
          to="#trial-customers"
        />
        <div>
          <dt>{t('trial.meanScore')}</dt>
          <dd>
            {scoreText(journeys.meanScoreBefore)} → {scoreText(journeys.meanScoreAfter)}
          </dd>
        </div>
      </dl>
      <div className="pair">
        <Panel title={t('trial.types')}>
          <Types report={report} />
        </Panel>
        <Panel title={t('trial.stages')} note={t('trial.shiftsWhy')}>
          <ul className="shifts">
            {report.stages.map(({ before, after, customers: n }) => (
              <li key={`${before} ${after}`}>
                <StageBadge stage={before} /> <span aria-hidden="true">→</span>
                <span className="hidden">{t('move.to')}</span> <StageBadge stage={after} /> <b>{countText(n)}</b>
              </li>
            ))}
          </ul>
          <h3>{t('trial.levels')}</h3>
          <ul className="shifts">
            {report.levels.map(({ before, after, journeys: n }) => (
              <li key={`${before} ${after}`}>
                {levelText(before)} → {levelText(after)} <b>{countText(n)}</b>
              </li>
            ))}
          </ul>
        </Panel>
      </div>
      <div id="trial-journeys">
        <Panel
          title={t('trial.journeys')}
          note={t('trial.shown', { shown: countText(report.journeys.length), all: countText(journeys.scoreChanged) })}
        >
          {report.journeys.length === 0 ? (
            <p className="muted">{t('trial.nobody')}</p>
          ) : (
            <Journeys rows={report.journeys} />
          )}
        </Panel>
      </div>
      <div id="trial-customers">
        <Panel
          title={t('trial.customers')}
          note={t('trial.shown', { shown: countText(report.customers.length), all: countText(customers.stageChanged) })}
        >
          {report.customers.length === 0 ? (
            <p className="muted">{t('trial.nobody')}</p>
          ) : (
            <Customers rows={report.customers} />
          )}
        </Panel>
      </div>
    </>
  );
}

function Sum({ name, n, of, to }: { name: string; n: number; of: number; to?: string }) {
  const text = countText(n);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {to === undefined ? text : <a href={to}>{text}</a>}{' '}
        <span className="small muted">{t('trial.of', { all: countText(of) })}</span>
      </dd>
    </div>
  );
}

function Types({ report }: { report: Report }) {
  return (
    <Scrolling label={t('trial.types')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('filter.type')}</th>
            <th scope="col" className="number">
              {t('trial.journeysChanged')}
            </th>
            <th scope="col" className="number">
              {t('trial.meanScore')}
            </th>
            <th scope="col" className="number">
              {t('trial.change')}
            </th>
          </tr>
        </thead>
        <tbody>
          {report.types.map(({ type, journeys, scoreChanged, meanScoreBefore, meanScoreAfter, meanScoreChange }) => (
            <tr key={type}>
              <th scope="row">
                <TypeName type={type} />
              </th>
              <td className="number">
                {countText(scoreChanged)}{' '}
                <span className="small muted">{t('trial.of', { all: countText(journeys) })}</span>
              </td>
              <td className="number">
                {scoreText(meanScoreBefore)} → {scoreText(meanScoreAfter)}
              </td>
              <td className="number">{meanScoreChange === null ? missing : signedText(meanScoreChange)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function Journeys({ rows }: { rows: readonly Journey[] }) {
  return (
    <Scrolling label={t('trial.journeys')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('column.journey')}</th>
            <th scope="col" className="number">
              {t('trial.before')}
            </th>
            <th scope="col" className="number">
              {t('trial.after')}
            </th>
            <th scope="col">{t('trial.why')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((journey) => (
            <tr key={`${journey.customerId} ${journey.id}`}>
              <td>
                <JourneyLink id={journey.id} customerId={journey.customerId} className="id" />
                <div className="small muted">
                  <TypeName type={journey.type} />
                </div>
              </td>
              <td className="number">{scoreText(journey.scoreBefore)}</td>
              <td className="number">{scoreText(journey.scoreAfter)}</td>
              <td className="wrap small">
                <Whys reasons={reasonsOf(journey)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** The reasons for the change of a score, each with its points. */
function reasonsOf({ why }: Journey): readonly string[] {
  const moments = why.moments.map(({ touchpoint, points, before, after }) =>
    t('trial.moment', {
      touchpoint: touchpoint ?? missing,
      points: signedText(points),
      before: scoreText(before.score),
      after: scoreText(after.score),
    }),
  );
  const adjustments = why.adjustments.map(({ kind, points }) => `${adjustmentText(kind)} ${signedText(points)}`);
  const limits = why.limits.points === 0 ? [] : [t('trial.limits', { points: signedText(why.limits.points) })];
  const more = why.moreMoments === 0 ? [] : [t('trial.moreMoments', { count: why.moreMoments })];
  return [...moments, ...more, ...adjustments, ...limits];
}

function Whys({ reasons }: { reasons: readonly string[] }) {
  return (
    <ul className="whys">
      {reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}

function Customers({ rows }: { rows: readonly Customer[] }) {
  return (
    <Scrolling label={t('trial.customers')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('trial.customer')}</th>
            <th scope="col">{t('trial.before')}</th>
            <th scope="col">{t('trial.after')}</th>
            <th scope="col" className="number">
              {t('trial.satisfaction')}
            </th>
            <th scope="col">{t('trial.why')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((customer) => (
            <tr key={customer.id}>
              <td>
                <CustomerLink id={customer.id} className="id" />
              </td>
              <td>
                <StageBadge stage={customer.stageBefore} />
              </td>
              <td>
                <StageBadge stage={customer.stageAfter} />
              </td>
              <td className="number">
                {scoreText(customer.satisfactionBefore)} → {scoreText(customer.satisfactionAfter)}
              </td>
              <td className="wrap small">
                <Whys reasons={partingOf(customer)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** Where the two histories of a customer part. */
function partingOf({ why }: Customer): readonly string[] {
  if (why === null) return [t('trial.sameMoves')];
  const by = why.event === null ? t('trial.byTime') : (why.event.touchpoint ?? why.event.type);
  const moves = (['before', 'after'] as const).map((side) => {
    const move = why[side];
    const reason = move === null ? t('trial.noMove') : reasonText(move.because);
    return `${t(`trial.${side}`)}: ${reason}`;
  });
  const lacks = why.missing?.requirements.map(({ requirement }) => requirementText(requirement)) ?? [];
  const lacking = lacks.length === 0 ? [] : [t('trial.lacking', { what: listText(lacks) })];
  return [`${timeText(why.at)} · ${by}`, ...moves, ...lacking];
}
