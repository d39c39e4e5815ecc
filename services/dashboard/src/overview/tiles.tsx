import type { Overview, PromisesReport, Stages } from '@touchstone/api';
import { t } from 'i18next';
import { type Behind, Change, Sparkline, Tile } from '../components/figure.tsx';
import { behindLeaf } from '../drivers/behind-leaf.ts';
import { useAddress } from '../frame/links.tsx';
import { countText, missing, percentText, scoreText } from '../i18n/format.ts';
import { stages } from '../i18n/words.ts';
import { useMarks } from '../marks/use-marks.ts';
import { type Period, untaken } from '../selection/selection.ts';
import { type Compared, type MeasureId, type Measures, useComplaintsReport, useStages } from './period-questions.ts';

/** The figures of the period, each with its change, its course and what is behind it. */
export function Tiles(props: {
  overview: Overview;
  period: Period;
  measures: Measures;
  promises: Compared<PromisesReport>;
  compares: boolean;
}) {
  const { overview, period, measures, promises, compares } = props;
  const complaints = useComplaintsReport(period, compares);
  const trusting = stages.slice(1).reduce((sum, stage) => sum + Number(overview.customersByStage[stage] ?? 0), 0);
  const all = trusting + Number(overview.customersByStage.none ?? 0);
  const share = all === 0 ? null : trusting / all;
  const before = shareBefore(useStages(period).data);
  const promise = promises.now.data?.rows[0];
  const promiseBefore = compares ? promises.before?.rows[0] : undefined;
  const complaint = complaints.now.data?.rows[0];
  const complaintBefore = complaints.before?.rows[0];
  const marks = useMarkPlaces(period);
  const clear = untaken(useAddress(), ['period']);
  const notKept = promise === undefined ? undefined : promise.broken + promise.keptLate;
  return (
    <div className="tiles">
      <MeasureTile
        id="score"
        measures={measures}
        marks={marks}
        noteOf={(n) => t('tile.journeys', { count: n })}
        behind={behindLeaf({ measure: 'journey-score' }, clear)}
      />
      <MeasureTile
        id="csat"
        measures={measures}
        marks={marks}
        noteOf={(n) => t('tile.answers', { count: n })}
        behind={behindLeaf({ measure: 'csat' }, clear)}
      />
      <MeasureTile
        id="success"
        measures={measures}
        marks={marks}
        isRate
        noteOf={(n) => t('tile.moments', { count: n })}
        behind={behindLeaf({ measure: 'success' }, clear)}
      />
      <Tile
        name={t('tile.promises')}
        value={percentText(promise?.keeping.rate)}
        change={
          <Change now={promise?.keeping.rate ?? null} before={promiseBefore?.keeping.rate} as="rate" better="more" />
        }
        note={notKept === undefined ? missing : <NotKept broken={promise?.broken ?? 0} late={promise?.keptLate ?? 0} />}
        behind={{ to: '/promises', with: {} }}
      >
        <Sparkline values={measures.of('promises').course} marks={marks} />
      </Tile>
      <Tile
        name={t('tile.complaints')}
        value={countText(complaint?.raised ?? 0)}
        change={<Change now={complaint?.raised ?? 0} before={complaintBefore?.raised} as="count" better="less" />}
        note={t('tile.answeredShare', { rate: percentText(complaint?.answeredWithin.rate) })}
        behind={{ to: '/promises', with: { view: 'complaints' } }}
      >
        <Sparkline values={measures.of('answered').course} marks={marks} />
      </Tile>
      <Tile
        name={t('tile.trusting')}
        value={percentText(share)}
        change={<Change now={share} before={compares ? before : undefined} as="rate" better="more" />}
        note={t('tile.ofCustomers', { trusting: countText(trusting), all: countText(all) })}
        behind={{ to: '/customers', with: {} }}
      >
        <StageBar byStage={overview.customersByStage} all={all} />
      </Tile>
    </div>
  );
}

/** The share of customers with trust at the begin of the period; null while nobody was there. */
function shareBefore(answer: Stages | undefined): number | null {
  const first = answer?.buckets[0];
  if (first === undefined) return null;
  const all = stages.reduce((sum, stage) => sum + first[stage], 0);
  return all === 0 ? null : 1 - first.none / all;
}

/** Where the marks stand within the period; nowhere while it has no begin. */
function useMarkPlaces({ from, to }: Period): readonly number[] {
  const start = from === null ? Number.NaN : Date.parse(from);
  const end = to === null ? Number.NaN : Date.parse(to);
  return useMarks(start, end).map(({ at }) => (at - start) / (end - start));
}

function MeasureTile(props: {
  id: MeasureId;
  measures: Measures;
  marks: readonly number[];
  isRate?: boolean;
  noteOf: (n: number) => string;
  behind: Behind | undefined;
}) {
  const { id, measures, marks, isRate = false, noteOf, behind } = props;
  const { now, before, course } = measures.of(id);
  const value = now?.value ?? null;
  return (
    <Tile
      name={t(`tile.${id}`)}
      value={
        now === undefined ? (
          <i className="waiting" />
        ) : isRate ? (
          percentText(value === null ? null : value / 100)
        ) : (
          scoreText(value)
        )
      }
      change={<Change now={value} before={before?.value} as="points" better="more" />}
      note={now === undefined ? missing : noteOf(now.n)}
      behind={behind}
    >
      <Sparkline values={course} marks={marks} />
    </Tile>
  );
}

function NotKept({ broken, late }: { broken: number; late: number }) {
  return broken + late === 0 ? t('tile.allKept') : t('tile.notKept', { count: broken + late, late: countText(late) });
}

function StageBar({ byStage, all }: { byStage: Overview['customersByStage']; all: number }) {
  if (all === 0) return null;
  return (
    <span className="stage-bar" aria-hidden="true">
      {stages.map((stage) => (
        <i key={stage} className={`band-${stage}`} style={{ flexGrow: Number(byStage[stage] ?? 0) }} />
      ))}
    </span>
  );
}
