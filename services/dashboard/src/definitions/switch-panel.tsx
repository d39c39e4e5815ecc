import type { Definitions, Rebuild } from '@touchstone/api';
import { t } from 'i18next';
import { useEffect, useRef } from 'react';
import { Panel } from '../components/parts.tsx';
import { Undone } from '../components/undone.tsx';
import { ask } from '../data/ask.ts';
import { REFRESH_MS, RUNNING_REFRESH_MS, type Shown, useAnswer } from '../data/use-answer.ts';
import { useDoing } from '../data/use-doing.ts';
import { countText, listText, timeText } from '../i18n/format.ts';
import { byType, nameOf } from './known-definitions.ts';
import { ProgressLine } from './progress-line.tsx';

/** Which definitions wait, and the rebuild that brings them into force, with how far it is. */
export function SwitchPanel({ answer }: { answer: Shown<Definitions> }) {
  const status = useAnswer<Rebuild>('/v1/rebuild', (latest) =>
    latest?.state === 'running' ? RUNNING_REFRESH_MS : REFRESH_MS,
  );
  const { data: rebuild } = status;
  const { reload } = answer;
  const before = useRef<Rebuild['state']>(undefined);
  useEffect(() => {
    // A rebuild that ended has changed the versions in force.
    if (before.current === 'running' && rebuild?.state !== 'running') reload();
    before.current = rebuild?.state;
  }, [rebuild?.state, reload]);
  const doing = useDoing(status.reload);
  const waiting = answer.data === undefined ? [] : byType(answer.data).flatMap((known) => known.waiting ?? []);
  const isRunning = rebuild?.state === 'running';
  if (waiting.length === 0 && !isRunning && rebuild?.state !== 'failed' && doing.problem === undefined) return null;
  const start = (force: boolean): void => void doing.start(() => ask('/v1/rebuild', { body: force ? { force } : {} }));
  const names = waiting.map((version) => `${version.type} ${nameOf(version)}`);
  return (
    <Panel
      title={isRunning ? t('definition.switching') : t('definition.switch')}
      note={waiting.length === 0 ? undefined : t('definition.waiting', { names: listText(names), count: names.length })}
      className="switch"
      tools={
        isRunning ? undefined : (
          <button type="button" className="primary" disabled={doing.isBusy} onClick={() => start(false)}>
            {t('definition.switchNow')}
          </button>
        )
      }
    >
      {rebuild === undefined ? null : <RebuildState rebuild={rebuild} force={() => start(true)} />}
      <Undone problem={doing.problem} />
    </Panel>
  );
}

function RebuildState({ rebuild, force }: { rebuild: Rebuild; force: () => void }) {
  const { state, position, target, error, comparison, finishedAt } = rebuild;
  if (state === 'running') return <ProgressLine label={t('definition.rebuilding')} {...{ position, target }} />;
  if (state === 'failed') {
    return (
      <div className="note bad" role="alert">
        <strong>{t('definition.rebuildFailed')}</strong> {error}{' '}
        {comparison?.verdict === 'refused' ? (
          <button type="button" onClick={force}>
            {t('definition.force')}
          </button>
        ) : null}
      </div>
    );
  }
  if (state !== 'done' || comparison === null || finishedAt === null) return null;
  return (
    <p className="small muted">
      {t('definition.rebuilt', {
        when: timeText(finishedAt),
        journeys: countText(comparison.journeys.scoreChanged),
        customers: countText(comparison.customers.stageChanged),
      })}
    </p>
  );
}
