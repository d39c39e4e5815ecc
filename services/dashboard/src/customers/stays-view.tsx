import type { TimeInStage } from '@touchstone/api';
import type { Stage } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { CountFigure } from '../components/figure.tsx';
import { Panel, Scrolling, StageBadge } from '../components/parts.tsx';
import { Answered, Empty } from '../components/states.tsx';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { missing, percentText, tenthText } from '../i18n/format.ts';

type Stay = TimeInStage['stages'][number];
const [WIDTH, HEIGHT, LONGEST] = [1000, 220, 365];

/** How long customers stay in each trust stage, those who are still there taken into account. */
export function StaysView() {
  const answer = useAnswer<TimeInStage>('/v1/loyalty/time-in-stage', REPORT_REFRESH_MS);
  return (
    <Panel title={t('stays.title')} note={t('stays.note')}>
      <Answered answer={answer} what={t('stays.title')} rows={6}>
        {({ stages }) =>
          stages.every(({ n }) => n === 0) ? (
            <Empty title={t('stays.nothing')} />
          ) : (
            <>
              <Curves stages={stages} />
              <Table stages={stages} />
            </>
          )
        }
      </Answered>
    </Panel>
  );
}

/** The points that are known of a curve, from all at the begin to those after a year. */
function pointsOf({ survival }: Stay): readonly (readonly [days: number, share: number])[] {
  return [[0, 1], ...survival.flatMap(({ days, share }) => (share === null ? [] : [[days, share] as const]))];
}

function Curves({ stages }: { stages: readonly Stay[] }) {
  const x = (days: number): number => (days / LONGEST) * WIDTH;
  const y = (share: number): number => HEIGHT - share * (HEIGHT - 6) - 2;
  return (
    <figure className="curves" aria-hidden="true">
      <div className="curves-plane">
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <path className="curves-half" d={`M0 ${y(0.5)}H${WIDTH}`} />
          {stages.map((stay) => (
            <path
              key={stay.stage}
              className={`curve curve-${stay.stage}`}
              d={pointsOf(stay)
                .map(([days, share], at) => `${at === 0 ? 'M' : 'L'}${x(days)} ${y(share)}`)
                .join('')}
            />
          ))}
        </svg>
        {stages.flatMap((stay) =>
          pointsOf(stay)
            .slice(1)
            .map(([days, share]) => (
              <i
                key={`${stay.stage} ${days}`}
                className={`curve-point band-${stay.stage}`}
                style={{ left: `${(days / LONGEST) * 100}%`, top: `${(y(share) / HEIGHT) * 100}%` }}
              />
            )),
        )}
      </div>
      <figcaption className="river-axis small muted">
        <span>{t('stays.entered')}</span>
        <span>{t('stays.half')}</span>
        <span>{t('stays.days', { count: LONGEST })}</span>
      </figcaption>
    </figure>
  );
}

function Table({ stages }: { stages: readonly Stay[] }) {
  const days = stages[0]?.survival.map((each) => each.days) ?? [];
  const behind = (name: 'fromStage' | 'toStage', stage: Stage) => ({
    to: '/customers' as const,
    with: { list: 'moves', [name]: stage, last: 'all', from: undefined, to: undefined, stage: undefined },
  });
  return (
    <Scrolling label={t('stays.title')}>
      <table className="rows" aria-label={t('stays.title')}>
        <thead>
          <tr>
            <th scope="col">{t('column.stage')}</th>
            <th scope="col" className="number">
              {t('stays.entries')}
            </th>
            <th scope="col" className="number">
              {t('stays.ended')}
            </th>
            <th scope="col" className="number">
              {t('stays.median')}
            </th>
            {days.map((day) => (
              <th key={day} scope="col" className="number">
                {t('stays.days', { count: day })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {stages.map(({ stage, n, ended, medianDays, survival }) => (
            <tr key={stage}>
              <th scope="row">
                <StageBadge stage={stage} />
              </th>
              <td className="number">
                <CountFigure n={n} behind={behind('toStage', stage)} label={t('stays.entries')} />
              </td>
              <td className="number">
                <CountFigure n={ended} behind={behind('fromStage', stage)} label={t('stays.ended')} />
              </td>
              <td className="number strong">
                {medianDays === null ? missing : t('stays.medianDays', { days: tenthText(medianDays) })}
              </td>
              {survival.map(({ days: after, share }) => (
                <td key={after} className="number">
                  {percentText(share)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}
