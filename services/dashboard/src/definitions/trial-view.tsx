import type { Definitions, Trial } from '@touchstone/api';
import { t } from 'i18next';
import { Panel } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { REFRESH_MS, RUNNING_REFRESH_MS, type Shown, useAnswer } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { PageLink, useAddress } from '../frame/links.tsx';
import { timeText } from '../i18n/format.ts';
import { draftOf, keepDraft, readDraft } from './draft.ts';
import { ProgressLine } from './progress-line.tsx';
import { putDefinition } from './put-definition.ts';
import { TrialReportView } from './trial-report.tsx';

/** How the latest trial goes, and its report; then the definition that was tried can be put. */
export function TrialView({ definitions }: { definitions: Shown<Definitions> }) {
  const answer = useAnswer<Trial>('/v1/trial', (trial) =>
    trial?.state === 'running' ? RUNNING_REFRESH_MS : REFRESH_MS,
  );
  const doing = useDoing(answer.reload);
  const cancel = (): void => void doing.start(() => ask('/v1/trial', { method: 'DELETE' }));
  return (
    <Answered answer={answer} what={t('definition.trial')} rows={8}>
      {(trial) => (
        <div className="stack">
          <TrialState trial={trial} cancel={cancel} />
          <Undone problem={doing.problem} />
          {trial.report === null ? null : (
            <>
              <PutTried reload={definitions.reload} />
              <TrialReportView report={trial.report} />
            </>
          )}
        </div>
      )}
    </Answered>
  );
}

function TrialState({ trial, cancel }: { trial: Trial; cancel: () => void }) {
  const { state, phase, position, target, error, finishedAt } = trial;
  if (state === 'none' || state === 'cancelled') {
    return (
      <Empty title={t(state === 'none' ? 'definition.noTrial' : 'definition.trialCancelled')}>
        <p>{t('definition.noTrialWhy')}</p>
        <PageLink to="/definitions">{t('definitionView.versions')}</PageLink>
      </Empty>
    );
  }
  if (state === 'failed') {
    return (
      <p className="note bad" role="alert">
        <strong>{t('definition.trialFailed')}</strong> {error}
      </p>
    );
  }
  const label = phase === null ? t('definition.trial') : t(`trialPhase.${phase}`);
  return (
    <section className="panel trial-state" aria-label={t('definition.trial')}>
      {state === 'running' ? (
        <ProgressLine label={label} position={phase === 'filling' ? position : null} target={target} />
      ) : (
        <p>{t('definition.trialDone', { when: finishedAt === null ? '' : timeText(finishedAt) })}</p>
      )}
      <button type="button" onClick={cancel}>
        {t(state === 'running' ? 'definition.cancel' : 'definition.forget')}
      </button>
    </section>
  );
}

/** Records the definition that was tried, where this tab still has it. */
function PutTried({ reload }: { reload: () => void }) {
  const { of } = useAddress();
  const doing = useDoing(reload);
  const shape = of === undefined ? null : readDraft(draftOf(of) ?? '').shape;
  if (of === undefined || shape === null) return null;
  const put = async (): Promise<void> => {
    if (await doing.start(() => putDefinition(of, shape))) keepDraft(of, null);
  };
  return (
    <Panel
      title={t('definition.putTried', { type: of })}
      note={t('definition.putWhy')}
      tools={
        <button type="button" className="primary" disabled={doing.isBusy} onClick={() => void put()}>
          {t('definition.put')}
        </button>
      }
    >
      <Undone problem={doing.problem} />
    </Panel>
  );
}
