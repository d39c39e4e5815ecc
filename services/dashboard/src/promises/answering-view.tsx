import type { ComplaintsReport } from '@touchstone/api';
import { t } from 'i18next';
import { ScaleHead } from '../components/interval.tsx';
import { Panel } from '../components/parts.tsx';
import { Choice } from '../components/segments.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { countText, durationText, percentText } from '../i18n/format.ts';
import { promiseStateText } from '../i18n/words.ts';
import { type Address, nameIn } from '../selection/address.ts';
import { type Changes, type Period, pathOf, untaken } from '../selection/selection.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { takenByPromises } from '../selection/taken.ts';
import { type By, behindRow, splitParameters } from './report-rows.ts';
import { Count, NumberHeads, RateCells, ReportTable, RowName } from './report-table.tsx';

type Row = ComplaintsReport['rows'][number];

const splits = ['touchpoint', 'journeyType', 'channel', 'severity', 'team', 'site', 'time'] as const;

/** How complaints that were raised in the period were answered, split by one name or by time. */
export function AnsweringView({ address, period }: { address: Address; period: Period }) {
  const change = useChangeAddress();
  const by = nameIn(splits, address.by);
  const path = pathOf('/v1/complaints/report', splitParameters(by, period));
  const answer = useAnswer<ComplaintsReport>(path, REPORT_REFRESH_MS);
  const clear = { ...untaken(address, takenByPromises(address)), view: 'complaints' };
  return (
    <Panel
      title={t('answering.title')}
      note={t('answering.note')}
      tools={
        <Choice
          label={t('promisesBy.by')}
          names={splits}
          chosen={by}
          textOf={(name) => t(`promisesBy.${name}`)}
          choose={(name) => change({ by: name })}
        />
      }
    >
      <Answered answer={answer} what={t('answering.title')} rows={6}>
        {(data) => {
          const rows = by === 'time' ? data.rows : [...data.rows].sort((a, b) => b.raised - a.raised);
          if (rows.every(({ raised }) => raised === 0)) return <Empty title={t('answering.nothing')} />;
          return (
            <Settling answer={answer}>
              <ReportTable label={t('answering.title')} heads={<Heads by={by} />}>
                {rows.map((row, index) => (
                  <AnsweringRow
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
  return (
    <>
      <th scope="col">{t(`promisesBy.${by}`)}</th>
      <NumberHeads
        names={[
          t('answering.raised'),
          promiseStateText('open'),
          t('answering.answered'),
          promiseStateText('resolved'),
          t('answering.within'),
        ]}
      />
      <ScaleHead marks={[]} />
      <NumberHeads
        names={[
          t('answering.median'),
          t('answering.p90'),
          t('answering.firstContact'),
          t('answering.followedUp'),
          t('answering.satisfied'),
        ]}
      />
    </>
  );
}

function AnsweringRow(props: { row: Row; by: By; period: Period; clear: Changes; next: string | undefined }) {
  const { row, by, period, clear, next } = props;
  const { raised, open, answered, resolved, answeredWithin, medianMsToAnswer, p90MsToAnswer } = row;
  const behind = { ...clear, ...behindRow(row, by, next) };
  return (
    <tr>
      <th scope="row">
        <RowName {...{ row, by, period }} />
      </th>
      <Count n={raised} label={t('answering.raised')} behind={behind} />
      <Count n={open} label={promiseStateText('open')} behind={{ ...behind, state: 'open' }} tone="bad" />
      <Count n={answered} label={t('answering.answered')} behind={{ ...behind, answered: 'true' }} />
      <Count n={resolved} label={promiseStateText('resolved')} behind={{ ...behind, state: 'resolved' }} />
      <RateCells rate={answeredWithin} />
      {[medianMsToAnswer, p90MsToAnswer].map((ms, at) => (
        <td key={at} className="number">
          {durationText(ms)}
        </td>
      ))}
      {[row.firstContact, row.followedUp, row.satisfied].map(({ rate, k, n, low, high }, at) => (
        <td
          key={at}
          className="number"
          title={`${t('rate.of', { k: countText(k), n: countText(n) })}, ${t('failing.from', { low: percentText(low), high: percentText(high) })}`}
        >
          {percentText(rate)} <span className="small muted">/ {countText(n)}</span>
        </td>
      ))}
    </tr>
  );
}
