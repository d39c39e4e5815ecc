import type { Stages, Transitions } from '@touchstone/api';
import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { CountFigure } from '../components/figure.tsx';
import { onGridKey } from '../components/grid-keys.ts';
import { Panel, Scrolling, StageMove } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { countText, dayText, shortTimeText } from '../i18n/format.ts';
import { reasonText, stages, stageText } from '../i18n/words.ts';
import { useStages, useTransitions } from '../overview/period-questions.ts';
import { River } from '../overview/river.tsx';
import type { Address } from '../selection/address.ts';
import { type Changes, type Period, untaken } from '../selection/selection.ts';
import { takenByCustomers } from '../selection/taken.ts';
import { Sankey } from './sankey.tsx';

/** Customers by trust stage over time, and who moved from which to which, and why. */
export function StagesView({ address, period }: { address: Address; period: Period }) {
  const answer = useStages(period);
  const moves = useTransitions(period, false);
  const clear = { ...untaken(address, takenByCustomers(address)), stage: undefined };
  return (
    <div className="stack">
      <Panel title={t('stagesOver.title')} note={t('stagesOver.note')}>
        <Answered answer={answer} what={t('stagesOver.title')} rows={8}>
          {({ buckets }) => (
            <Settling answer={answer}>
              <River {...{ buckets, period }} />
              <StagesTable {...{ buckets, clear }} />
            </Settling>
          )}
        </Answered>
      </Panel>
      <Panel title={t('stagesOver.moves')} note={t('stagesOver.movesNote')}>
        <Answered answer={moves.now} what={t('stagesOver.moves')} rows={6}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title={t('river.nobody')} />
            ) : (
              <div className="grid-two">
                <Sankey rows={rows} />
                <MovesTable {...{ rows, clear }} />
              </div>
            )
          }
        </Answered>
      </Panel>
    </div>
  );
}

function StagesTable({ buckets, clear }: { buckets: Stages['buckets']; clear: Changes }) {
  const shown = buckets.toReversed();
  const isFine = buckets.length > 1 && Date.parse(buckets[1]!.start) - Date.parse(buckets[0]!.start) < DAY_MS;
  return (
    <Scrolling label={t('stagesOver.title')}>
      {/* Arrows go from cell to cell, so that Tab passes the table in one step. */}
      <table className="rows stages-table" aria-label={t('stagesOver.title')} onKeyDown={onGridKey}>
        <thead>
          <tr>
            <th scope="col">{t('stagesOver.until')}</th>
            {stages.map((stage) => (
              <th key={stage} scope="col" className="number">
                {stageText(stage)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((bucket) => (
            <tr key={bucket.start}>
              <th scope="row">{bucket.isOpen ? t('slider.now') : (isFine ? shortTimeText : dayText)(bucket.end)}</th>
              {stages.map((stage) => (
                <td key={stage} className="number">
                  <CountFigure
                    n={bucket[stage]}
                    behind={{
                      to: '/customers',
                      with: bucket.isOpen
                        ? { ...clear, list: undefined, stage }
                        : { ...clear, list: 'members', inStage: stage, at: bucket.end },
                    }}
                    label={stageText(stage)}
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

function MovesTable({ rows, clear }: { rows: Transitions['rows']; clear: Changes }) {
  return (
    <Scrolling label={t('stagesOver.moves')}>
      <table className="rows" aria-label={t('stagesOver.moves')}>
        <thead>
          <tr>
            <th scope="col">{t('column.move')}</th>
            <th scope="col">{t('column.because')}</th>
            <th scope="col" className="number">
              {t('stagesOver.changes')}
            </th>
            <th scope="col" className="number">
              {t('column.customers')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ from, to, because, changes, customers }) => (
            <tr key={`${from} ${to} ${because}`}>
              <td>
                <StageMove from={from} to={to} />
              </td>
              <td className="wrap">{reasonText(because)}</td>
              <td className="number">
                <CountFigure
                  n={changes}
                  behind={{
                    to: '/customers',
                    with: { ...clear, list: 'moves', fromStage: from, toStage: to, because },
                  }}
                  label={reasonText(because)}
                />
              </td>
              <td className="number muted">{countText(customers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
