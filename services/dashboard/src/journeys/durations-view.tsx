import type { Durations } from '@touchstone/api';
import { t } from 'i18next';
import { Fact, Panel, Scrolling } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { durationText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { binEdges } from './bin-edges.ts';
import { BarPart, Journeys } from './figures.tsx';
import { GroupingChoice } from './funnel-settings.tsx';
import { groupText } from './group-text.ts';
import { durationsBody, durationsNames } from './questions-of-views.ts';
import type { Side } from './sides.tsx';
import { TouchpointChoice } from './touchpoint-choice.tsx';

type Group = Durations['groups'][number];
export type Ends = readonly [string, string];

/** The two touchpoints between which time is measured: of the address, else first and last step. */
export function endsIn({ begin, end }: Address, steps: readonly string[]): Ends {
  return [begin ?? steps[0] ?? '', end ?? steps.at(-1) ?? ''];
}

export function DurationsSettings({ address, ends: [from, to] }: { address: Address; ends: Ends }) {
  const change = useChangeAddress();
  return (
    <div className="settings">
      <TouchpointChoice label={t('durations.from')} value={from} choose={(begin) => change({ begin })} />
      <TouchpointChoice label={t('durations.to')} value={to} choose={(end) => change({ end })} />
      <GroupingChoice address={address} />
    </div>
  );
}

/** How long it takes from one touchpoint to another, for how many, and who still waits. */
export function DurationsView({ side: { address, period }, ends }: { side: Side; ends: Ends }) {
  const path = '/v1/analytics/durations';
  const { by, ...whole } = address;
  const body = durationsBody(whole, period, ends);
  const answer = useAnswer<Durations>({ path, body }, REPORT_REFRESH_MS);
  const quantiles = answer.data?.groups[0]?.quantilesMs;
  const edges = binEdges(quantiles?.p99 ?? null);
  const binned = useAnswer<Durations>(
    edges.length === 0 ? null : { path, body: { ...body, edgesMs: edges } },
    REPORT_REFRESH_MS,
  );
  const grouped = useAnswer<Durations>(
    by === undefined ? null : { path, body: durationsBody(address, period, ends) },
    REPORT_REFRESH_MS,
  );
  const link = { view: 'durations', ...durationsNames(whole, ends) };
  return (
    <div className="stack">
      <Panel title={t('durations.title')} note={t('durations.note')}>
        <Answered answer={answer} what={t('durations.title')} rows={8}>
          {({ groups: [group] }) =>
            group === undefined || group.cases === 0 ? (
              <Empty title={t('durations.nothing')}>
                <p>{t('durations.nothingWhy')}</p>
              </Empty>
            ) : (
              <Settling answer={answer}>
                <Facts group={group} link={link} />
                <Histogram bins={binned.data?.groups[0]?.histogram ?? []} link={link} />
              </Settling>
            )
          }
        </Answered>
      </Panel>
      {by === undefined ? null : (
        <Panel title={t('funnel.grouped', { by: groupText.nameOf(by) })} note={t('durations.groupedNote')}>
          <Answered answer={grouped} what={t('durations.title')} rows={6}>
            {({ groups }) => (
              <Settling answer={grouped}>
                <GroupTable groups={groups} by={by} link={{ view: 'durations', ...durationsNames(address, ends) }} />
              </Settling>
            )}
          </Answered>
        </Panel>
      )}
    </div>
  );
}

function Facts({ group, link }: { group: Group; link: Address }) {
  const { arrived, open, never, quantilesMs, meanMs, medianMsWithOpen } = group;
  return (
    <dl className="facts">
      {(
        [
          ['arrived', arrived],
          ['open', open],
          ['never', never],
        ] as const
      ).map(([state, n]) => (
        <Fact key={state} name={t(`durations.${state}`)}>
          <Journeys n={n} of={{ ...link, state }} label={t(`durations.${state}`)} />
        </Fact>
      ))}
      <Fact name={t('durations.median')}>{durationText(quantilesMs.p50)}</Fact>
      <Fact name={t('durations.p90')}>{durationText(quantilesMs.p90)}</Fact>
      <Fact name={t('durations.mean')}>{durationText(meanMs)}</Fact>
      <Fact name={t('durations.withOpen')}>{durationText(medianMsWithOpen)}</Fact>
    </dl>
  );
}

type Bin = NonNullable<Group['histogram']>[number];

/** One row a span of time; a bar opens the journeys that took as long. */
function Histogram({ bins, link }: { bins: readonly Bin[]; link: Address }) {
  const most = Math.max(1, ...bins.map(({ cases }) => cases));
  if (bins.length === 0) return null;
  return (
    <table className="histogram" aria-label={t('durations.histogram')}>
      <thead className="hidden">
        <tr>
          <th scope="col">{t('durations.span')}</th>
          <td aria-hidden="true" />
          <th scope="col">{t('page.journeys')}</th>
        </tr>
      </thead>
      <tbody>
        {bins.map(({ fromMs, toMs, cases }) => {
          const name =
            toMs === null
              ? t('durations.longer', { from: durationText(fromMs) })
              : `${durationText(fromMs)} – ${durationText(toMs)}`;
          const of = {
            ...link,
            state: 'arrived',
            minMs: String(fromMs),
            ...(toMs === null ? {} : { maxMs: String(toMs) }),
          };
          return (
            <tr key={fromMs}>
              <th scope="row" className="number small muted">
                {name}
              </th>
              <td aria-hidden="true" className="histogram-bar">
                <span className="bar">
                  <BarPart className="funnel-converted" share={cases / most} of={of} title={name} />
                </span>
              </td>
              <td className="number">
                <Journeys n={cases} of={of} label={name} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function GroupTable({ groups, by, link }: { groups: readonly Group[]; by: string; link: Address }) {
  const end = Math.max(1, ...groups.map(({ quantilesMs }) => quantilesMs.p90 ?? 0));
  return (
    <Scrolling label={t('funnel.grouped', { by: groupText.nameOf(by) })}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{groupText.nameOf(by)}</th>
            <td aria-hidden="true" />
            <th scope="col" className="number">
              {t('durations.median')}
            </th>
            <th scope="col" className="number">
              {t('durations.p90')}
            </th>
            {(['arrived', 'open', 'never'] as const).map((state) => (
              <th key={state} scope="col" className="number">
                {t(`durations.${state}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={group.value}>
              <th scope="row">{groupText.valueOf(by, group.value)}</th>
              <td className="box-cell" aria-hidden="true">
                <Box quantiles={group.quantilesMs} end={end} />
              </td>
              <td className="number">{durationText(group.quantilesMs.p50)}</td>
              <td className="number">{durationText(group.quantilesMs.p90)}</td>
              {(['arrived', 'open', 'never'] as const).map((state) => (
                <td key={state} className="number">
                  <Journeys
                    n={group[state]}
                    of={{ ...link, state, value: group.value ?? '' }}
                    label={`${groupText.valueOf(by, group.value)}: ${t(`durations.${state}`)}`}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** The middle half as a box, from p10 to p90 as a line, the median as a tick. */
function Box({ quantiles: { p10, p25, p50, p75, p90 }, end }: { quantiles: Group['quantilesMs']; end: number }) {
  if (p10 === null || p25 === null || p50 === null || p75 === null || p90 === null) return null;
  const at = (ms: number): string => `${Math.min(100, (ms / end) * 100)}%`;
  return (
    <span className="box">
      <i className="box-line" style={{ left: at(p10), width: at(p90 - p10) }} />
      <i className="box-half" style={{ left: at(p25), width: at(p75 - p25) }} />
      <i className="box-median" style={{ left: at(p50) }} />
    </span>
  );
}
