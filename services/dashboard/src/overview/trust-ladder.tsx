import type { Overview, Stage } from '@touchstone/api';
import { countText, percentText, pluralText } from '../format.ts';
import { Panel } from '../parts.tsx';
import { capitalised, stageMeaning, stages } from '../words.ts';

/** Number of customers on each trust stage, from none to behavioural. */
export function TrustLadder({ byStage }: { byStage: Overview['customersByStage'] }) {
  const total = stages.reduce((sum, stage) => sum + Number(byStage[stage] ?? 0), 0);
  return (
    <Panel title="Customers by trust stage" note={pluralText(total, 'customer')} className="wide">
      <ol className="ladder">
        {stages.map((stage) => (
          <Rung key={stage} stage={stage} customers={Number(byStage[stage] ?? 0)} total={total} />
        ))}
      </ol>
    </Panel>
  );
}

function Rung({ stage, customers, total }: { stage: Stage; customers: number; total: number }) {
  const share = total === 0 ? 0 : customers / total;
  return (
    <li className={`rung rung-${stage}`}>
      <div className="rung-step">
        <h3>{capitalised(stage)}</h3>
        <p className="rung-count">
          <span className="big">{countText(customers)}</span> <span className="muted">{percentText(share)}</span>
        </p>
        <span className="rung-track" aria-hidden="true">
          <i style={{ width: `${share * 100}%` }} />
        </span>
        <p className="small muted">{stageMeaning[stage]}</p>
      </div>
    </li>
  );
}
