import type { Funnel } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, ScoreCell, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { durationText, missing, percentText } from '../i18n/format.ts';
import type { Address } from '../selection/address.ts';
import { BarPart, Journeys } from './figures.tsx';
import { groupText } from './group-text.ts';
import { levelOfMean } from './level-of-mean.ts';
import { funnelBody, funnelNames } from './questions-of-views.ts';
import type { Side } from './sides.tsx';

type Group = Funnel['groups'][number];
type Row = Group['steps'][number];

/** How far journeys come along some steps: who goes on, who may still, and who was lost. */
export function FunnelView({ side: { address, period }, steps }: { side: Side; steps: readonly string[] }) {
  const { by, ...whole } = address;
  const answer = useAnswer<Funnel>(
    { path: '/v1/analytics/funnel', body: funnelBody(whole, period, steps) },
    REPORT_REFRESH_MS,
  );
  const grouped = useAnswer<Funnel>(
    by === undefined ? null : { path: '/v1/analytics/funnel', body: funnelBody(address, period, steps) },
    REPORT_REFRESH_MS,
  );
  return (
    <div className="stack">
      <Panel title={t('funnel.title')} note={t('funnel.note')}>
        <Answered answer={answer} what={t('funnel.title')} rows={6}>
          {({ groups: [group] }) =>
            group === undefined || group.steps[0]?.journeys === 0 ? (
              <Empty title={t('funnel.nothing')}>
                <p>{t('funnel.nothingWhy')}</p>
              </Empty>
            ) : (
              <Settling answer={answer}>
                <FunnelTable
                  rows={group.steps}
                  link={{ view: 'funnel', ...funnelNames(whole, steps) }}
                  type={address.type}
                />
              </Settling>
            )
          }
        </Answered>
      </Panel>
      {by === undefined ? null : (
        <Panel title={t('funnel.grouped', { by: groupText.nameOf(by) })} note={t('funnel.groupedNote')}>
          <Answered answer={grouped} what={t('funnel.title')} rows={6}>
            {({ groups }) => (
              <Settling answer={grouped}>
                <GroupTable groups={groups} by={by} link={{ view: 'funnel', ...funnelNames(address, steps) }} />
              </Settling>
            )}
          </Answered>
        </Panel>
      )}
    </div>
  );
}

function FunnelTable({ rows, link, type }: { rows: readonly Row[]; link: Address; type: string | undefined }) {
  return (
    <Scrolling label={t('funnel.title')}>
      <table className="rows funnel">
        <thead>
          <tr>
            <th scope="col">{t('funnel.step')}</th>
            <td aria-hidden="true" />
            <th scope="col" className="number">
              {t('funnel.reached')}
            </th>
            <th scope="col" className="number">
              {t('funnel.converted')}
            </th>
            <th scope="col" className="number">
              {t('funnel.open')}
            </th>
            <th scope="col" className="number">
              {t('funnel.dropped')}
            </th>
            <th scope="col" className="number">
              {t('funnel.conversion')}
            </th>
            <th scope="col" className="number">
              {t('funnel.time')}
            </th>
            <th scope="col">{t('column.score')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <FunnelRow
              key={index}
              row={row}
              most={rows[0]?.journeys ?? 0}
              of={{ ...link, step: String(index + 1) }}
              type={type}
              isLast={index === rows.length - 1}
            />
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

function FunnelRow(props: { row: Row; most: number; of: Address; type: string | undefined; isLast: boolean }) {
  const { row, most, of, type, isLast } = props;
  const label = (state: 'reached' | 'converted' | 'open' | 'dropped') => `${row.touchpoint}: ${t(`funnel.${state}`)}`;
  const cell = (state: 'reached' | 'converted' | 'open' | 'dropped', n: number) => (
    <Journeys n={n} of={{ ...of, state }} label={label(state)} />
  );
  return (
    <tr>
      <th scope="row" className="funnel-step">
        <Touchpoint name={row.touchpoint} type={type} />
      </th>
      <td className="funnel-bar" aria-hidden="true">
        <span className="bar">
          {(['converted', 'open', 'dropped'] as const).map((state) => (
            <BarPart
              key={state}
              className={`funnel-${isLast ? 'converted' : state}`}
              share={row[state] / (most || 1)}
              of={{ ...of, state }}
              title={label(state)}
            />
          ))}
        </span>
      </td>
      <td className="number strong">
        {cell('reached', row.journeys)}
        <div className="small muted">{percentText(row.share)}</div>
      </td>
      <td className="number">{isLast ? missing : cell('converted', row.converted)}</td>
      <td className="number">{isLast ? missing : cell('open', row.open)}</td>
      <td className="number">{isLast ? missing : cell('dropped', row.dropped)}</td>
      <td className="number funnel-rate">
        {percentText(row.conversion?.rate)}
        {row.conversion === null ? null : (
          <div className="small muted">
            {t('failing.from', { low: percentText(row.conversion.low), high: percentText(row.conversion.high) })}
          </div>
        )}
      </td>
      <td className="number">{durationText(row.medianMsFromPrevious)}</td>
      <td>
        <ScoreCell score={row.meanScore} level={levelOfMean(row.meanScore)} />
      </td>
    </tr>
  );
}

/** One row a group: how many reached each step, and what share of the first. */
function GroupTable({ groups, by, link }: { groups: readonly Group[]; by: string; link: Address }) {
  const steps = groups[0]?.steps ?? [];
  return (
    <Scrolling label={t('funnel.grouped', { by: groupText.nameOf(by) })}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{groupText.nameOf(by)}</th>
            {steps.map(({ touchpoint }, index) => (
              <th key={index} scope="col" className="number">
                <Touchpoint name={touchpoint} />
              </th>
            ))}
            <td aria-hidden="true">{t('funnel.throughout')}</td>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ value, steps: rows }) => (
            <tr key={value}>
              <th scope="row">{groupText.valueOf(by, value)}</th>
              {rows.map((row, index) => (
                <td key={index} className="number">
                  <Journeys
                    n={row.journeys}
                    of={{ ...link, step: String(index + 1), state: 'reached', value: value ?? '' }}
                    label={`${groupText.valueOf(by, value)}: ${row.touchpoint}`}
                  />
                  <div className="small muted">{percentText(row.share)}</div>
                </td>
              ))}
              <td className="funnel-share" aria-hidden="true">
                <span className="bar">
                  <BarPart
                    className="funnel-converted"
                    share={rows.at(-1)?.share ?? 0}
                    of={{ ...link, step: String(rows.length), state: 'reached', value: value ?? '' }}
                    title={groupText.valueOf(by, value)}
                  />
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
