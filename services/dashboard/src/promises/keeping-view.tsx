import type { PromisesReport } from '@touchstone/api';
import { t } from 'i18next';
import { ScaleHead } from '../components/interval.tsx';
import { Panel } from '../components/parts.tsx';
import { Choice, Segments } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { durationText } from '../i18n/format.ts';
import { promiseStateText } from '../i18n/words.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { type Changes, type Period, pathOf, untaken } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByPromises } from '../selection/taken.ts';
import { type By, behindRow, splitParameters } from './report-rows.ts';
import { Count, NumberHeads, PartsBar, RateCells, ReportTable, RowName } from './report-table.tsx';

type Row = PromisesReport['rows'][number];

const splits = ['touchpoint', 'journeyType', 'team', 'site', 'what', 'time'] as const;
const origins = [null, 'false', 'true'] as const;

/** How promises that fell due in the period were kept, split by one name or by time. */
export function KeepingView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const by = nameIn(splits, address.by);
  const expected = nameIn(origins, address.expected);
  const path = pathOf('/v1/promises/report', { ...splitParameters(by, period), expected });
  const answer = useAnswer<PromisesReport>(path, REPORT_REFRESH_MS);
  const clear = { ...untaken(address, takenByPromises(address)), view: undefined, expected: expected ?? undefined };
  return (
    <Panel
      title={t('keeping.title')}
      note={t('keeping.note')}
      tools={
        <div className="tools">
          <Choice
            label={t('promisesBy.by')}
            names={splits}
            chosen={by}
            textOf={(name) => t(`promisesBy.${name}`)}
            choose={(name) => change({ by: name })}
          />
          <Segments
            label={t('keeping.origin')}
            names={origins}
            chosen={expected}
            textOf={(each) => (each === null ? t('list.all') : t(`keeping.expected_${each}`))}
            choose={(each) => change({ expected: each ?? undefined })}
          />
        </div>
      }
    >
      <Answered answer={answer} what={t('keeping.title')} rows={6}>
        {(data) => {
          const rows = by === 'time' ? data.rows : [...data.rows].sort((a, b) => b.made - a.made);
          if (rows.every(({ made }) => made === 0)) return <Empty title={t('keeping.nothing')} />;
          return (
            <Settling answer={answer}>
              <ReportTable label={t('keeping.title')} heads={<Heads by={by} />}>
                {rows.map((row, index) => (
                  <KeepingRow
                    key={JSON.stringify([row[by === 'time' ? 'bucket' : by]])}
                    {...{ row, by, period, clear }}
                    next={rows[index + 1]?.bucket ?? data.to ?? undefined}
                  />
                ))}
              </ReportTable>
            </Settling>
          );
        }}
      </Answered>
    </Panel>
  );
}

function Heads({ by }: { by: By }) {
  const states = ['kept', 'kept-late', 'broken', 'open', 'withdrawn'].map(promiseStateText);
  return (
    <>
      <th scope="col">{t(`promisesBy.${by}`)}</th>
      <NumberHeads names={[t('keeping.made'), ...states, t('keeping.rate')]} />
      <ScaleHead marks={[]} />
      <NumberHeads names={[t('keeping.late')]} />
    </>
  );
}

function KeepingRow(props: { row: Row; by: By; period: Period; clear: Changes; next: string | undefined }) {
  const { row, by, period, clear, next } = props;
  const { made, kept, keptLate, broken, open, withdrawn, keeping, medianLateMs } = row;
  const behind = { ...clear, ...behindRow(row, by, next) };
  const states = [
    ['kept', kept],
    ['kept-late', keptLate],
    ['broken', broken],
    ['open', open],
    ['withdrawn', withdrawn],
  ] as const;
  return (
    <tr>
      <th scope="row">
        <RowName {...{ row, by, period }} />
        <PartsBar parts={states.map(([tone, n]) => ({ tone, n }))} />
      </th>
      <Count n={made} label={t('keeping.made')} behind={behind} />
      {states.map(([state, n]) => (
        <Count
          key={state}
          n={n}
          label={promiseStateText(state)}
          behind={{ ...behind, state }}
          tone={state === 'broken' || state === 'kept-late' ? 'bad' : undefined}
        />
      ))}
      <RateCells rate={keeping} />
      <td className="number">{durationText(medianLateMs)}</td>
    </tr>
  );
}
