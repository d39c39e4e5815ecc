import type { Alerts } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Time } from '../components/parts.tsx';
import { Answered } from '../components/states.tsx';
import { useAnswer } from '../data/use-answer.ts';
import { countText, listText } from '../i18n/format.ts';
import { severityText } from '../i18n/words.ts';

/** Alerts that fire now. */
export function AlertsPanel({ now }: { now: string }) {
  const answer = useAnswer<Alerts>('/v1/alerts?state=firing&limit=50');
  return (
    <Panel title={t('alerts.title')}>
      <Answered answer={answer} what={t('alerts.title')} rows={2}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="quiet-line">
              <span className="good" aria-hidden="true">
                ✓
              </span>{' '}
              {t('alerts.none')}
            </p>
          ) : (
            <ul className="alerts">
              {data.items.map((alert) => (
                <Firing key={alert.id} alert={alert} now={now} />
              ))}
            </ul>
          )
        }
      </Answered>
    </Panel>
  );
}

function Firing({ alert, now }: { alert: Alerts['items'][number]; now: string }) {
  const { name, kind, severity, began, because, failures, moments, acknowledged } = alert;
  return (
    <li className={`alert alert-${severity}`}>
      <p>
        <b>{name}</b> <span className={`badge severity-${severity}`}>{severityText(severity)}</span>{' '}
        <span className="small muted">
          <Time at={began} now={now} />
        </span>
      </p>
      <p className="small muted">
        {t(`alerts.${kind}`)}
        {failures === null || moments === null
          ? ''
          : ` · ${t('failing.of', { failures: countText(failures), moments: countText(moments) })}`}
        {because.length === 0 ? '' : ` · ${listText(because)}`}
      </p>
      {acknowledged == null ? null : (
        <p className="small muted">
          {t('alerts.acknowledged', { by: acknowledged.by, note: acknowledged.note ?? '' })}
        </p>
      )}
    </li>
  );
}
