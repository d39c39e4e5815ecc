import type { Overview, Stage, Transitions } from '@touchstone/api';
import { t } from 'i18next';
import { Change } from '../components/figure.tsx';
import { Panel, StageMove } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { PageLink } from '../frame/links.tsx';
import { countText } from '../i18n/format.ts';
import { reasonText, stageMeaning, stages, stageText } from '../i18n/words.ts';
import { MarksDialog } from '../marks/marks-dialog.tsx';
import type { Period } from '../selection/selection.ts';
import { groupedBy } from './grouped-by.ts';
import { isFall } from './news.ts';
import { type Compared, useStages } from './period-questions.ts';
import { River } from './river.tsx';

type Move = Transitions['rows'][number];

/** The trust river: stages as bands over time, and who moved between them, with the reasons. */
export function RiverPanel(props: {
  period: Period;
  byStage: Overview['customersByStage'];
  moves: Compared<Transitions>;
  compares: boolean;
  now: string;
}) {
  const { period, byStage, moves, compares, now } = props;
  const answer = useStages(period);
  return (
    <Panel title={t('river.title')} note={t('river.note')} className="river-panel" tools={<MarksDialog now={now} />}>
      <Answered answer={answer} what={t('river.title')} rows={7}>
        {(data) => (
          <Settling answer={answer}>
            <div className="river-with-stages">
              <River buckets={data.buckets} period={period} />
              <StageCounts byStage={byStage} moves={moves.now.data?.rows ?? []} />
            </div>
          </Settling>
        )}
      </Answered>
      <Moves moves={moves} compares={compares} />
    </Panel>
  );
}

/**
 * How many customers each band has now, the highest stage on top as in the drawing, and between two
 * bands who went from one to the other, the losses with their reasons.
 */
function StageCounts({ byStage, moves }: { byStage: Overview['customersByStage']; moves: readonly Move[] }) {
  return (
    <ul className="stage-counts">
      {stages.toReversed().map((stage) => (
        <li key={stage}>
          <PageLink to="/customers" with={{ stage }} title={stageMeaning(stage)} className="stage-count">
            <i className={`swatch band-${stage}`} aria-hidden="true" />
            <span>{stageText(stage)}</span>
            <b className="number">{countText(byStage[stage] ?? 0)}</b>
          </PageLink>
          {stage === 'none' ? null : <Flows stage={stage} moves={moves} />}
        </li>
      ))}
    </ul>
  );
}

/** How many fell from a stage, by reason, and how many rose to it. */
function Flows({ stage, moves }: { stage: Stage; moves: readonly Move[] }) {
  const rose = sum(moves.filter((move) => !isFall(move) && move.to === stage));
  const falls = moves.filter((move) => isFall(move) && move.from === stage);
  const reasons = [...groupedBy(falls, ({ because }) => because)].map(([because, rows]) => ({ because, n: sum(rows) }));
  if (rose === 0 && reasons.length === 0) return null;
  return (
    <ul className="stage-flows small">
      {rose === 0 ? null : (
        <li className="good">
          <PageLink to="/customers" with={{ list: 'moves', direction: 'rose', toStage: stage }}>
            ↑ {countText(rose)} {reasonText('earned')}
          </PageLink>
        </li>
      )}
      {reasons
        .sort((a, b) => b.n - a.n)
        .map(({ because, n }) => (
          <li key={because} className="bad">
            <PageLink to="/customers" with={{ list: 'moves', direction: 'fell', fromStage: stage, because }}>
              ↓ {countText(n)} {reasonText(because)}
            </PageLink>
          </li>
        ))}
    </ul>
  );
}

function Moves({ moves, compares }: { moves: Compared<Transitions>; compares: boolean }) {
  const rows = moves.now.data?.rows;
  if (rows === undefined) return null;
  if (rows.length === 0) return <Empty title={t('river.nobody')} />;
  const before = compares ? moves.before?.rows : undefined;
  const falls = rows.filter(isFall);
  const rises = rows.filter((row) => !isFall(row));
  return (
    <div className="moves">
      <Direction title={t('river.fell')} rows={falls} before={before?.filter(isFall)} better="less" />
      <Direction title={t('river.rose')} rows={rises} before={before?.filter((row) => !isFall(row))} better="more" />
    </div>
  );
}

const ROWS = 6;
const sum = (rows: readonly Move[]): number => rows.reduce((total, { changes }) => total + changes, 0);

/** Moves in one direction by reason, each with the moves behind it. */
function Direction(props: {
  title: string;
  rows: readonly Move[];
  before: readonly Move[] | undefined;
  better: 'more' | 'less';
}) {
  const { title, rows, before, better } = props;
  const reasons = [...groupedBy(rows, ({ because }) => because)]
    .map(([because, moves]) => ({ because, moves, changes: sum(moves) }))
    .sort((a, b) => b.changes - a.changes);
  const most = Math.max(1, ...reasons.map(({ changes }) => changes));
  return (
    <section className={`direction-${better}`}>
      <h3>
        <PageLink to="/customers" with={{ list: 'moves', direction: better === 'less' ? 'fell' : 'rose' }}>
          {title} <b className="number">{countText(sum(rows))}</b>
        </PageLink>{' '}
        <Change now={sum(rows)} before={before === undefined ? undefined : sum(before)} as="count" better={better} />
      </h3>
      <ul className="reason-bars">
        {reasons.slice(0, ROWS).map(({ because, moves, changes }) => (
          <li key={because}>
            <PageLink to="/customers" with={{ list: 'moves', because }} className="reason-name">
              {reasonText(because)}
            </PageLink>
            <span className="reason-track" aria-hidden="true">
              <i style={{ width: `${(changes / most) * 100}%` }} />
            </span>
            <b className="number">{countText(changes)}</b>
            <span className="reason-moves">
              {moves.slice(0, 3).map(({ from, to }) => (
                <StageMove key={`${from} ${to}`} from={from} to={to} />
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
