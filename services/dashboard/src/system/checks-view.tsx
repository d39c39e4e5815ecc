import type { LostHistories, Readiness, SelfCheck } from '@touchstone/api';
import { t } from 'i18next';
import { useState } from 'react';
import { Fact, Panel, Scrolling, Time } from '../components/parts.tsx';
import { Answered, Failed, Loading } from '../components/states.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { CustomerLink, JourneyLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { type Samples, sampleOf, useMetrics } from './metrics.ts';

/** The checks that the system makes of itself, and their findings. */
export function ChecksView() {
  return (
    <div className="stack">
      <div className="pair">
        <ReadinessPanel />
        <AuditPanel />
      </div>
      <LostPanel />
      <SelfCheckPanel />
    </div>
  );
}

interface Check {
  readonly name: string;
  readonly status: 'ok' | 'failing';
  readonly message?: string | undefined;
}

function ReadinessPanel() {
  const answer = useAnswer<Readiness>('/readyz');
  const { data, problem, reload } = answer;
  // A process that is not ready answers a problem, which names what fails.
  const failing = problem?.status === 503 && Array.isArray(problem.members.errors) ? problem.members.errors : undefined;
  const checks: readonly Check[] | undefined =
    failing?.map(({ path, message }) => ({ name: String(path), status: 'failing', message: String(message) })) ??
    data?.checks;
  return (
    <Panel title={t('checks.ready')} note={t('checks.readyWhy')}>
      {checks === undefined ? (
        problem === undefined ? (
          <Loading what={t('checks.ready')} rows={4} />
        ) : (
          <Failed problem={problem} reload={reload} what={t('checks.ready')} />
        )
      ) : (
        <ul className="checks">
          {checks.map(({ name, status, message }) => (
            <li key={name} className={status === 'ok' ? 'good' : 'bad'}>
              <span aria-hidden="true">{status === 'ok' ? '✓' : '!'}</span>
              <span>
                <b>{name}</b> {t(`checks.${status}`)}
                {message === undefined ? null : <span className="small"> {message}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** Customers and days that this process's audit has compared since its start. */
function AuditPanel() {
  return (
    <Panel title={t('checks.audit')} note={t('checks.auditWhy')}>
      <Answered answer={useMetrics()} what={t('checks.audit')} rows={3}>
        {(samples) => <Audit samples={samples} />}
      </Answered>
    </Panel>
  );
}

function Audit({ samples }: { samples: Samples }) {
  const customers = sampleOf(samples, 'touchstone_audit_customers');
  const days = sampleOf(samples, 'touchstone_audit_totals') ?? 0;
  const differences = sampleOf(samples, 'touchstone_audit_differences') ?? 0;
  if (customers === undefined) return <p className="muted">{t('checks.noAudit')}</p>;
  return (
    <dl className="facts">
      <Fact name={t('checks.customers')}>{countText(customers)}</Fact>
      <Fact name={t('checks.days')}>{countText(days)}</Fact>
      <Fact name={t('checks.differences')}>
        <span className={differences > 0 ? 'bad' : ''}>{countText(differences)}</span>
      </Fact>
    </dl>
  );
}

function LostPanel() {
  const answer = useAnswer<LostHistories>('/v1/lost-history', REPORT_REFRESH_MS);
  const doing = useDoing(answer.reload);
  const dismiss = (generation: number): void =>
    void doing.start(() => ask(`/v1/lost-history/${generation}`, { method: 'DELETE' }));
  return (
    <Panel title={t('lostHistory.title')} note={t('lostHistory.why')}>
      <Answered answer={answer} what={t('lostHistory.title')} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="good">{t('lostHistory.none')}</p>
          ) : (
            <ul className="stack">
              {items.map((lost) => (
                <li key={lost.generation}>
                  <Lost lost={lost} isBusy={doing.isBusy} dismiss={() => dismiss(lost.generation)} />
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
      <Undone problem={doing.problem} />
    </Panel>
  );
}

function Lost(props: { lost: LostHistories['items'][number]; isBusy: boolean; dismiss: () => void }) {
  const { lost, isBusy, dismiss } = props;
  const { foundAt, fork, events, customers, minutes, customerIds } = lost;
  const [isSure, setIsSure] = useState(false);
  return (
    <div className="note warn">
      <p>
        <strong>{t('lostHistory.what', { events: countText(events), customers: countText(customers) })}</strong>{' '}
        <Time at={foundAt} /> · {t('lostHistory.fork', { position: countText(fork) })}
      </p>
      {minutes.length === 0 ? null : (
        <details>
          <summary>{t('lostHistory.minutes')}</summary>
          <ul>
            {minutes.map(({ minute, source, events: n }) => (
              <li key={`${minute} ${source}`}>
                <Time at={minute} /> · <span className="id">{source}</span> · {countText(n)}
              </li>
            ))}
          </ul>
        </details>
      )}
      {customerIds.length === 0 ? null : (
        <details>
          <summary>{t('lostHistory.customers')}</summary>
          <ul className="lost-customers">
            {customerIds.map((id) => (
              <li key={id}>
                <CustomerLink id={id} className="id" />
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="tools">
        <button type="button" disabled={isBusy} onClick={() => (isSure ? dismiss() : setIsSure(true))}>
          {isSure ? t('lostHistory.sure') : t('lostHistory.dismiss')}
        </button>
      </div>
    </div>
  );
}

/** Questions that must agree with each other are asked when somebody wants to know. */
function SelfCheckPanel() {
  const [isAsked, setIsAsked] = useState(false);
  const answer = useAnswer<SelfCheck>(isAsked ? '/v1/self-check' : null, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('selfCheck.title')}
      note={t('selfCheck.why')}
      tools={
        isAsked ? undefined : (
          <button type="button" onClick={() => setIsAsked(true)}>
            {t('selfCheck.ask')}
          </button>
        )
      }
    >
      {isAsked ? (
        <Answered answer={answer} what={t('selfCheck.title')} rows={5}>
          {(check) => <Identities check={check} />}
        </Answered>
      ) : null}
    </Panel>
  );
}

function Identities({ check }: { check: SelfCheck }) {
  const { ok, moved, checks, journeys } = check;
  const ordered = [...checks].sort((a, b) => Number(a.ok) - Number(b.ok));
  return (
    <>
      <p className={ok ? 'good' : 'bad'} role="status">
        <strong>{ok ? t('selfCheck.ok', { count: checks.length }) : t('selfCheck.differs')}</strong>{' '}
        {moved === true ? t('selfCheck.moved') : null}
      </p>
      {journeys.length === 0 ? null : (
        <ul>
          {journeys.map(({ customerId, journeyId }) => (
            <li key={`${customerId} ${journeyId}`}>
              <JourneyLink id={journeyId} customerId={customerId} className="id" />
            </li>
          ))}
        </ul>
      )}
      <details open={!ok}>
        <summary>{t('selfCheck.all')}</summary>
        <Scrolling label={t('selfCheck.all')}>
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{t('selfCheck.name')}</th>
                <th scope="col" className="number">
                  {t('selfCheck.left')}
                </th>
                <th scope="col" className="number">
                  {t('selfCheck.right')}
                </th>
              </tr>
            </thead>
            <tbody>
              {ordered.map(({ name, left, right, ok: agrees }) => (
                <tr key={name}>
                  <th scope="row" className="wrap">
                    <span aria-hidden="true" className={agrees ? 'good' : 'bad'}>
                      {agrees ? '✓' : '!'}
                    </span>{' '}
                    {name}
                  </th>
                  <td className="number">{countText(left)}</td>
                  <td className={`number ${agrees ? '' : 'bad'}`}>{countText(right)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scrolling>
      </details>
    </>
  );
}
