import type { Durations, Funnel, Paths } from '@touchstone/api';
import { t } from 'i18next';
import { Panel, Scrolling, Touchpoint } from '../components/parts.tsx';
import { Answered, Empty, Settling } from '../components/states.tsx';
import { useTitles } from '../data/titles.ts';
import { REPORT_REFRESH_MS, useAnswer } from '../data/use-answer.ts';
import { durationText, missing, percentText, scoreText } from '../i18n/format.ts';
import { levelText } from '../i18n/words.ts';
import type { Address } from '../selection/address.ts';
import { useChangeAddress } from '../selection/selection-bar.tsx';
import { Journeys } from './figures.tsx';
import { levelOfMean } from './level-of-mean.ts';
import { rowsBeside, Station, Track } from './map-track.tsx';
import { durationsBody, funnelBody, funnelNames } from './questions-of-views.ts';
import type { Side } from './sides.tsx';
import { useDefinition } from './use-steps.ts';

type Row = Funnel['groups'][number]['steps'][number];
type Expected = { readonly after: string; readonly touchpoint: string; readonly withinMs: number };

const NODES_MAX = 200;

/** Journeys of one type as a line with stations: how many, how met, how long, who leaves. */
export function MapView(props: { side: Side; steps: readonly string[]; isOfWay: boolean }) {
  const { steps, isOfWay } = props;
  const { period } = props.side;
  // A line is of all journeys, though another view may divide them.
  const { by: _, ...address } = props.side.address;
  const side = { address, period };
  const question = funnelBody(address, period, steps);
  const answer = useAnswer<Funnel>({ path: '/v1/analytics/funnel', body: question }, REPORT_REFRESH_MS);
  const paths = useAnswer<Paths>(
    { path: '/v1/analytics/paths', body: { where: question.where, nodesMax: NODES_MAX } },
    REPORT_REFRESH_MS,
  );
  const expects = useDefinition(address.type)?.expects ?? [];
  const scores = new Map(paths.data?.nodes.map(({ label, meanScore }) => [label, meanScore]));
  return (
    <div className="stack">
      <Panel title={t('map.title')} note={t(isOfWay ? 'map.noteOfWay' : 'map.note')} tools={<Legend />}>
        <Answered answer={answer} what={t('map.title')} rows={10}>
          {({ groups: [group] }) =>
            group === undefined || group.steps[0]?.journeys === 0 ? (
              <Empty title={t('map.nothing')}>
                <p>{t('map.nothingWhy')}</p>
              </Empty>
            ) : (
              <Settling answer={answer}>
                <ol className="line-map">
                  {group.steps.map((row, index) => (
                    <Stop
                      key={index}
                      {...{ row, index, side, steps, expects }}
                      next={group.steps[index + 1]}
                      most={group.steps[0]?.journeys ?? 1}
                      score={scores.get(row.touchpoint) ?? null}
                    />
                  ))}
                </ol>
              </Settling>
            )
          }
        </Answered>
      </Panel>
      {expects.length === 0 ? null : <Targets side={side} expects={expects} />}
    </div>
  );
}

function Legend() {
  return (
    <ul className="map-legend small muted">
      {(['satisfied', 'neutral', 'dissatisfied'] as const).map((level) => (
        <li key={level}>
          <i className={`swatch level-${level}`} aria-hidden="true" /> {t(`map.${level}`)}
        </li>
      ))}
    </ul>
  );
}

interface Stopping {
  readonly row: Row;
  readonly next: Row | undefined;
  readonly index: number;
  readonly most: number;
  readonly score: number | null;
  readonly side: Side;
  readonly steps: readonly string[];
  readonly expects: readonly Expected[];
}

/** One station, and the way to the next with what leaves it. */
function Stop({ row, next, index, most, score, side, steps, expects }: Stopping) {
  const { touchpoint, journeys, converted, open, dropped } = row;
  const link: Address = { view: 'map', ...funnelNames(side.address, steps), step: String(index + 1) };
  const level = levelOfMean(score);
  const shares = { converted: converted / most, open: open / most, dropped: dropped / most };
  const figure = (state: 'reached' | 'open' | 'dropped', n: number) => (
    <Journeys n={n} of={{ ...link, state }} label={`${touchpoint}: ${t(`funnel.${state}`)}`} />
  );
  return (
    <li>
      <div className="station">
        <Station share={journeys / most} level={level} />
        <div className="station-text">
          <span className="station-name">
            <Touchpoint name={touchpoint} type={side.address.type} />
          </span>
          <span className="station-figures">
            <span className="strong">{figure('reached', journeys)}</span>
            <span className="muted small">{t('map.journeys', { share: percentText(journeys / most) })}</span>
            {score === null ? null : (
              <span className="small" title={levelText(level)}>
                <i className={`swatch level-${level}`} aria-hidden="true" /> {t('map.met', { score: scoreText(score) })}
              </span>
            )}
          </span>
        </div>
      </div>
      {next === undefined ? null : (
        <div className="track">
          <Track shares={shares} level={level} />
          <div className="track-text small" style={{ gridTemplateRows: rowsBeside(shares) }}>
            <span className="track-left">
              {dropped === 0 ? null : (
                <>
                  <strong className="bad">{figure('dropped', dropped)}</strong>{' '}
                  {t('map.dropped', { share: percentText(dropped / journeys) })}
                </>
              )}
            </span>
            <Way side={side} from={touchpoint} to={next.touchpoint} expects={expects} />
            <span className="track-open">
              {open === 0 ? null : (
                <>
                  <strong>{figure('open', open)}</strong> {t('map.open')}
                </>
              )}
            </span>
          </div>
        </div>
      )}
    </li>
  );
}

/** How long a way took. Those who ask with the same target share one request. */
function useWay({ address, period }: Side, from: string, to: string, targetMs: number | null) {
  const body = { ...durationsBody(address, period, [from, to]), ...(targetMs === null ? {} : { edgesMs: [targetMs] }) };
  return useAnswer<Durations>({ path: '/v1/analytics/durations', body }, REPORT_REFRESH_MS).data?.groups[0];
}

/** The time on the way to the next station, against what is expected of it. */
function Way({ side, from, to, expects }: { side: Side; from: string; to: string; expects: readonly Expected[] }) {
  const target = expects.find((each) => each.after === from && each.touchpoint === to)?.withinMs ?? null;
  const group = useWay(side, from, to, target);
  const { p50 = null, p90 = null } = group?.quantilesMs ?? {};
  if (p50 === null || p90 === null)
    return <span className="track-time muted">{group === undefined ? ' ' : missing}</span>;
  return (
    <span className="track-time">
      {t('map.time', { median: durationText(p50), p90: durationText(p90) })}
      {target === null ? null : (
        <>
          {' '}
          <span className={p90 > target ? 'bad' : 'good'}>{t('map.target', { target: durationText(target) })}</span>
        </>
      )}
      <TimeBar p50={p50} p90={p90} target={target} />
    </span>
  );
}

function TimeBar({ p50, p90, target }: { p50: number; p90: number; target: number | null }) {
  const end = Math.max(p90, target ?? 0) * 1.08 || 1;
  const at = (ms: number): string => `${(ms / end) * 100}%`;
  return (
    <span className="time-bar" aria-hidden="true">
      <i className={`time-bar-p90 ${target !== null && p90 > target ? 'late' : ''}`} style={{ width: at(p90) }} />
      <i className="time-bar-p50" style={{ width: at(p50) }} />
      {target === null ? null : <i className="time-bar-target" style={{ left: at(target) }} />}
    </span>
  );
}

/** Every wait that the definition gives a target, with how long it took. */
function Targets({ side, expects }: { side: Side; expects: readonly Expected[] }) {
  return (
    <Panel title={t('map.targets')} note={t('map.targetsNote')}>
      <Scrolling label={t('map.targets')}>
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{t('paths.from')}</th>
              <th scope="col">{t('paths.to')}</th>
              <th scope="col" className="number">
                {t('map.within')}
              </th>
              <th scope="col" className="number">
                {t('durations.median')}
              </th>
              <th scope="col" className="number">
                {t('durations.p90')}
              </th>
              <th scope="col" className="number">
                {t('map.late')}
              </th>
              <th scope="col" className="number">
                {t('durations.open')}
              </th>
              <th scope="col" className="number">
                {t('durations.never')}
              </th>
            </tr>
          </thead>
          <tbody>
            {expects.map((each) => (
              <TargetRow key={JSON.stringify([each.after, each.touchpoint])} side={side} expected={each} />
            ))}
          </tbody>
        </table>
      </Scrolling>
    </Panel>
  );
}

function TargetRow({ side, expected: { after, touchpoint, withinMs } }: { side: Side; expected: Expected }) {
  const group = useWay(side, after, touchpoint, withinMs);
  const link = { view: 'durations', begin: after, end: touchpoint };
  const { p50 = null, p90 = null } = group?.quantilesMs ?? {};
  const late = group?.histogram?.[1]?.cases ?? 0;
  return (
    <tr>
      <th scope="row">
        <Touchpoint name={after} type={side.address.type} />
      </th>
      <td>
        <Touchpoint name={touchpoint} type={side.address.type} />
      </td>
      <td className="number">{durationText(withinMs)}</td>
      <td className="number">{durationText(p50)}</td>
      <td className={`number ${p90 !== null && p90 > withinMs ? 'bad' : ''}`}>{durationText(p90)}</td>
      <td className="number">
        <Journeys n={late} of={{ ...link, state: 'arrived', minMs: String(withinMs) }} label={t('map.late')} />
      </td>
      {(['open', 'never'] as const).map((state) => (
        <td key={state} className="number">
          <Journeys n={group?.[state] ?? 0} of={{ ...link, state }} label={t(`durations.${state}`)} />
        </td>
      ))}
    </tr>
  );
}

/** Chooses a type where the selection names none, because a line is of one type. */
export function TypeChoice() {
  const titles = useTitles();
  const change = useChangeAddress();
  return (
    <Empty title={t('map.choose')}>
      <p>{t('map.chooseWhy')}</p>
      <p className="type-choice">
        {titles.types.map((type) => (
          <button key={type} type="button" onClick={() => change({ type })}>
            {titles.journey(type) ?? type}
          </button>
        ))}
      </p>
    </Empty>
  );
}
