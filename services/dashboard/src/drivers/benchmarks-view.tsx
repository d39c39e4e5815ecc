import type { Benchmarks } from '@touchstone/api';
import { type BenchmarkMeasure, benchmarkMeasures } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { type Behind, CountFigure } from '../components/figure.tsx';
import { IntervalCell, ScaleHead, toneBeside } from '../components/interval.tsx';
import { Panel, Scrolling } from '../components/parts.tsx';
import { Choice, Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { missing, scoreText, tenthText } from '../i18n/format.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { type Changes, type Period, parametersOf, pathOf, spanParameters, untaken } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByDrivers } from '../selection/taken.ts';

type Row = Benchmarks['rows'][number];
const units = ['team', 'site', 'channel'] as const;
type Unit = (typeof units)[number];

/** Teams, sites or channels against the best of their own house. */
export function BenchmarksView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const by = nameIn(units, address.by);
  const measure = nameIn(benchmarkMeasures, address.measure);
  const path = pathOf('/v1/benchmarks', {
    by,
    measure,
    ...parametersOf(address, takenByDrivers(address)),
    ...spanParameters(period),
  });
  const answer = useAnswer<Benchmarks>(path, REPORT_REFRESH_MS);
  return (
    <Panel
      title={t('benchmarks.title')}
      note={t('benchmarks.note')}
      tools={
        <div className="tools">
          <Segments
            label={t('promisesBy.by')}
            names={units}
            chosen={by}
            textOf={(name) => t(`filter.${name}`)}
            choose={(name) => change({ by: name })}
          />
          <Choice
            label={t('benchmarks.measure')}
            names={benchmarkMeasures}
            chosen={measure}
            textOf={(name) => t(`benchmarkOf.${name}`)}
            choose={(name) => change({ measure: name })}
          />
        </div>
      }
    >
      <Answered answer={answer} what={t('benchmarks.title')} rows={6}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title={t('benchmarks.nothing')} />
          ) : (
            <Settling answer={answer}>
              <p className="small muted">{spreadText(data)}</p>
              <Table data={data} {...{ by, measure }} clear={untaken(address, takenByDrivers(address))} />
            </Settling>
          )
        }
      </Answered>
    </Panel>
  );
}

function spreadText({ overall, spread }: Benchmarks): string {
  if (spread === null) return t('benchmarks.few', { overall: scoreText(overall) });
  if (spread === 0) return t('benchmarks.alike', { overall: scoreText(overall) });
  return t('benchmarks.spread', { overall: scoreText(overall), spread: tenthText(spread) });
}

interface Asked {
  readonly by: Unit;
  readonly measure: BenchmarkMeasure;
  readonly clear: Changes;
}

function Table({ data: { rows, overall }, ...asked }: Asked & { data: Benchmarks }) {
  const ends = rows.flatMap(({ value, low, high }) => [value, low, high]).filter((each) => each !== null);
  const from = Math.floor(Math.min(100, ...ends) / 10) * 10;
  const to = Math.max(from + 10, Math.ceil(Math.max(0, ...ends) / 10) * 10);
  return (
    <Scrolling label={t('benchmarks.title')}>
      <table className="rates" aria-label={t('benchmarks.title')}>
        <thead>
          <tr>
            <th scope="col" className="number">
              {t('benchmarks.rank')}
            </th>
            <th scope="col">{t(`filter.${asked.by}`)}</th>
            <th scope="col" className="number">
              {t('index.value')}
            </th>
            <ScaleHead marks={[from, to]} />
            <th scope="col" className="number" title={t('benchmarks.shrunkenMeaning')}>
              {t('benchmarks.shrunken')}
            </th>
            <th scope="col" className="number">
              {t('benchmarks.toBest')}
            </th>
            <th scope="col" className="number">
              {t('benchmarks.of')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <UnitRow key={row.unit} {...{ row, from, to, overall }} {...asked} />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function UnitRow(props: Asked & { row: Row; from: number; to: number; overall: number | null }) {
  const { row, from, to, overall, by, measure, clear } = props;
  const { unit, n, value, low, high, shrunken, rank, toBest } = row;
  return (
    <tr>
      <td className="number strong">{rank ?? missing}</td>
      <th scope="row">
        <bdi>{unit}</bdi>
      </th>
      <td className="number strong">{scoreText(value)}</td>
      <IntervalCell
        {...{ value, low, high, from, to }}
        line={overall}
        tone={toneBeside(overall, row)}
        textOf={scoreText}
      />
      <td className="number">{scoreText(shrunken)}</td>
      <td className="number">{toBest === null ? missing : tenthText(toBest)}</td>
      <td className="number">
        <CountFigure n={n} behind={behindUnit(by, unit, measure, clear)} label={unit} />
      </td>
    </tr>
  );
}

/** The moments of a unit's value; promises and complaints have no list of just those. */
function behindUnit(by: Unit, unit: string, measure: BenchmarkMeasure, clear: Changes): Behind | undefined {
  const moments = { ...clear, view: 'moments', by: undefined, measure: undefined, [by]: unit };
  if (measure === 'score') return { to: '/touchpoints', with: { ...moments, scored: 'true' } };
  return measure === 'success' ? { to: '/touchpoints', with: moments } : undefined;
}
