import type { Customer, MissingRequirement } from '@touchstone/api';
import { missing as dash, tenthText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { Empty } from '../states.tsx';
import { requirementText, stageMeaning } from '../words.ts';

/** The requirements of the next stage that are not met yet. */
export function NextStage({ stage, next }: { stage: Customer['stage']; next: Customer['next'] }) {
  if (next === null) {
    return (
      <Panel title="Next stage">
        {stage === 'behavioural' ? (
          <Empty title="The highest stage">
            <p>{stageMeaning.behavioural}</p>
          </Empty>
        ) : (
          <Empty title="Nothing is missing" />
        )}
      </Panel>
    );
  }
  return (
    <Panel title={`Missing for ${next.stage}`} note={stageMeaning[next.stage]}>
      {next.missing.length === 0 ? (
        <Empty title="Nothing">
          <p>All conditions are met. The step is taken with the next event.</p>
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
  const needed = { 'at-least': 'needs', 'at-most': 'at most', below: 'below' }[comparison];
  return (
    <li>
      <span>{requirementText(requirement)}</span>
      <span className="number">
        <b>{have === null ? dash : tenthText(have)}</b>
        <span className="muted small">
          {' '}
          {needed} {tenthText(need)}
        </span>
      </span>
      {comparison === 'at-least' && need > 0 ? (
        <span className="requirement-track" aria-hidden="true">
          <i style={{ width: `${Math.min(100, Math.max(0, ((have ?? 0) / need) * 100))}%` }} />
        </span>
      ) : null}
    </li>
  );
}
