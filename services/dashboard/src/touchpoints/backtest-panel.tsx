import type { FailureRates, HeartbeatBacktest, ObjectiveBacktest } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling, Time } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { type Question, useAnswer } from '../data/use-answer.ts';
import { countText, currentTimeZone, durationText, listText, missing, percentText, tenthText } from '../i18n/format.ts';
import { severityText } from '../i18n/words.ts';
import { bucketOf, pathOf } from '../selection/selection.ts';
import type { Span } from './backtest-span.ts';
import { History } from './history.tsx';

/** History is not asked for again by itself. */
const NEVER_MS = 86_400_000;

interface Told {
  readonly severity: 'page' | 'ticket';
  readonly began: string;
  readonly ended: string | null;
  readonly because: readonly string[];
  readonly moments: number | null;
  readonly failures: number | null;
}

/** The alerts that it would have given, drawn over the failures of that time. */
export function BacktestPanel(props: {
  kind: 'objective' | 'heartbeat';
  question: Question;
  span: Span;
  isTried: boolean;
}) {
  const { kind, question, span, isTried } = props;
  const answer = useAnswer<ObjectiveBacktest | HeartbeatBacktest>(question, NEVER_MS);
  const asked = (question.body as Record<string, Record<string, string | number>>)[kind] ?? {};
  const rates = useAnswer<FailureRates>(
    pathOf('/v1/touchpoints/failure-rates', {
      by: '',
      touchpoint: asked.touchpoint,
      channel: asked.channel,
      type: asked.journeyType,
      team: asked.team,
      ...span,
      bucket: bucketOf({ ...span, last: null, before: null }),
      timeZone: currentTimeZone(),
    }),
    NEVER_MS,
  );
  const allowed = typeof asked.objective === 'number' ? 1 - asked.objective : null;
  return (
    <Panel title={t('backtest.title')} note={isTried ? t('backtest.note') : t('backtest.old')}>
      <Answered answer={answer} what={t('backtest.title')} rows={6}>
        {(data) => {
          const alerts = toldBy(data);
          return (
            <div className={isTried && !answer.isBehind ? '' : 'behind'}>
              <p className="backtest-said">
                <b>{t('backtest.alerts', { count: alerts.length })}</b>
                {', '}
                {t('backtest.perWeek', { n: tenthText(data.perWeek) })} · {firingText(data)}
                {'budgetSpent' in data ? ` · ${t('backtest.spent', { spent: percentText(data.budgetSpent) })}` : ''}
              </p>
              <History rates={rates.data?.rows ?? []} {...{ alerts, span, allowed }} />
              <AlertTable alerts={alerts} />
            </div>
          );
        }}
      </Answered>
    </Panel>
  );
}

function toldBy(data: ObjectiveBacktest | HeartbeatBacktest): readonly Told[] {
  return data.alerts.map((alert) =>
    'last' in alert ? { ...alert, severity: 'page', because: [], moments: null, failures: null } : alert,
  );
}

function firingText({ minutesFiring }: ObjectiveBacktest | HeartbeatBacktest): string {
  const text = (minutes: number): string => durationText(minutes * 60_000);
  if (typeof minutesFiring === 'number') return t('backtest.firing', { page: text(minutesFiring) });
  return t('backtest.firingBoth', { page: text(minutesFiring.page), ticket: text(minutesFiring.ticket) });
}

function AlertTable({ alerts }: { alerts: readonly Told[] }) {
  if (alerts.length === 0) return <p className="small muted">{t('backtest.none')}</p>;
  return (
    <Scrolling label={t('backtest.title')}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t('alertList.severity')}</th>
            <th scope="col">{t('alertList.began')}</th>
            <th scope="col">{t('alertList.ended')}</th>
            <th scope="col">{t('column.because')}</th>
            <th scope="col" className="number">
              {t('fact.failures')}
            </th>
          </tr>
        </thead>
        <tbody>
          {alerts.map(({ severity, began, ended, because, moments, failures }) => (
            <tr key={`${severity} ${began}`}>
              <td>
                <span className={`badge severity-${severity}`}>{severityText(severity)}</span>
              </td>
              <td>
                <Time at={began} />
              </td>
              <td>{ended === null ? t('alertList.fires') : <Time at={ended} />}</td>
              <td>{listText(because)}</td>
              <td className="number">
                {failures === null ? missing : `${countText(failures)} / ${countText(moments ?? 0)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
