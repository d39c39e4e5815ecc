import type { Customer, MissingRequirement } from '@touchstone/api';
import { t } from 'i18next';
import { Panel } from '../components/parts.tsx';
import { Empty } from '../components/states.tsx';
import { missing as dash, tenthText } from '../i18n/format.ts';
import { requirementText, stageMeaning, stageText } from '../i18n/words.ts';

/** The requirements of the next stage that are not met yet. */
export function NextStage({ stage, next }: { stage: Customer['stage']; next: Customer['next'] }) {
  if (next === null) {
    return (
      <Panel title={t('next.title')}>
        {stage === 'behavioural' ? (
          <Empty title={t('next.highest')}>
            <p>{stageMeaning('behavioural')}</p>
          </Empty>
        ) : (
          <Empty title={t('next.nothingMissing')} />
        )}
      </Panel>
    );
  }
  return (
    <Panel title={t('next.missing', { stage: stageText(next.stage).toLowerCase() })} note={stageMeaning(next.stage)}>
      {next.missing.length === 0 ? (
        <Empty title={t('next.nothing')}>
          <p>{t('next.met')}</p>
        </Empty>
      ) : (
        <ul className="requirements">
          {next.missing.map((requirement) => (
            <Requirement key={requirement.requirement} missing={requirement} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Requirement({ missing }: { missing: MissingRequirement }) {
  const { requirement, have, need, comparison = 'at-least' } = missing;
  const needed = t(`next.${comparison}`, { need: tenthText(need) });
  return (
    <li>
      <span>{requirementText(requirement)}</span>
      <span className="number">
        <b>{have === null ? dash : tenthText(have)}</b>
        <span className="muted small"> {needed}</span>
      </span>
      {comparison === 'at-least' && need > 0 ? (
        <span className="requirement-track" aria-hidden="true">
          <i style={{ width: `${Math.min(100, Math.max(0, ((have ?? 0) / need) * 100))}%` }} />
        </span>
      ) : null}
    </li>
  );
}
