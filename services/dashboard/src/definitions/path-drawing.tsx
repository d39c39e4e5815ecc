import { t } from 'i18next';
import { Breakable, Scrolling } from '../components/parts.tsx';
import { durationText, ratingText } from '../i18n/format.ts';
import { entryOf, type Shape, touchpointsOf } from './draft.ts';

const CARD_PX = 172;
const GAP_PX = 34;
const ARC_PX = 30;

/** A definition as a path: its steps in order, and above them what is expected after what. */
export function PathDrawing({ shape, label }: { shape: Shape; label: string }) {
  const steps = [...new Set(shape.steps ?? [])];
  const all = touchpointsOf(shape);
  const heaviest = heaviestOf(shape);
  const drawn = [...steps, ...all.filter((name) => !steps.includes(name))];
  if (drawn.length === 0) return <p className="muted">{t('definition.noTouchpoints')}</p>;
  return (
    <Scrolling label={label}>
      <div className="path" style={{ width: drawn.length * (CARD_PX + GAP_PX) - GAP_PX }}>
        <Arcs shape={shape} drawn={drawn} />
        <ol className="path-steps">
          {drawn.map((name, index) => (
            <Stop
              key={name}
              shape={shape}
              name={name}
              heaviest={heaviest}
              isStep={index < steps.length}
              isLast={index >= steps.length - 1}
            />
          ))}
        </ol>
      </div>
    </Scrolling>
  );
}

/** Arcs from a touchpoint to those expected after it. The cards say the same in words. */
function Arcs({ shape, drawn }: { shape: Shape; drawn: readonly string[] }) {
  const arcs = (shape.expects ?? []).flatMap(({ after, touchpoint, withinMs, counts }) => {
    const [from, to] = [drawn.indexOf(after), drawn.indexOf(touchpoint)];
    return from < 0 || to < 0 || from === to ? [] : [{ from, to, withinMs, counts: counts !== false }];
  });
  if (arcs.length === 0) return null;
  const height = ARC_PX + 12 * Math.max(...arcs.map(({ from, to }) => Math.abs(to - from)));
  const middle = (index: number): number => index * (CARD_PX + GAP_PX) + CARD_PX / 2;
  const placed = arcs.map(({ from, to, ...arc }) => ({
    ...arc,
    start: middle(from) + 8,
    end: middle(to) - 8,
    top: height - ARC_PX - 12 * (Math.abs(to - from) - 1),
  }));
  return (
    <svg className="path-arcs" width="100%" height={height} aria-hidden="true">
      {placed.map(({ start, end, top, counts }, index) => (
        <g key={index} className={counts ? '' : 'path-arc-idle'}>
          <path d={`M${start} ${height}C${start} ${top} ${end} ${top} ${end} ${height - 3}`} />
          <path className="path-tip" d={`M${end - 4} ${height - 7}L${end} ${height - 1}L${end + 4} ${height - 7}`} />
        </g>
      ))}
      {placed.map(({ start, end, top, withinMs }, index) => (
        <text key={index} x={(start + end) / 2} y={top + (height - top) / 4 - 5} textAnchor="middle">
          {withinText(withinMs)}
        </text>
      ))}
    </svg>
  );
}

const withinText = (withinMs: unknown): string =>
  t('definition.within', { duration: typeof withinMs === 'number' ? durationText(withinMs) : '?' });

function Stop(props: { shape: Shape; name: string; heaviest: number; isStep: boolean; isLast: boolean }) {
  const { shape, name, heaviest, isStep, isLast } = props;
  const { title, weight, critical, targetMs } = entryOf(shape, name);
  const expected = (shape.expects ?? []).filter(({ touchpoint }) => touchpoint === name);
  const share = typeof weight === 'number' ? weight : 1;
  return (
    <li className={`stop ${isStep ? '' : 'stop-beside'} ${isLast ? 'stop-last' : ''}`}>
      <strong>{title || <Breakable name={name} />}</strong>
      {title ? (
        <span className="small muted">
          <Breakable name={name} />
        </span>
      ) : null}
      <span className="stop-marks">
        {critical === true ? <span className="badge verdict-failed">{t('definition.critical')}</span> : null}
        {shape.completesOn?.includes(name) ? (
          <span className="badge verdict-exceeded">{t('definition.completes')}</span>
        ) : null}
        {isStep ? null : <span className="badge verdict-confirmed">{t('definition.beside')}</span>}
      </span>
      <span className="small">
        {t('definition.weightOf', { weight: ratingText(share) })}
        <span className="stop-weight" aria-hidden="true">
          <i style={{ width: `${(share / heaviest) * 100}%` }} />
        </span>
      </span>
      <Standards shape={shape} name={name} />
      {typeof targetMs === 'number' ? (
        <span className="small">{t('definition.targetOf', { duration: durationText(targetMs) })}</span>
      ) : null}
      {expected.map(({ after, withinMs }, index) => (
        <span key={index} className="small">
          {t('definition.expectedAfter', { after: entryOf(shape, after).title || after, within: withinText(withinMs) })}
        </span>
      ))}
    </li>
  );
}

function heaviestOf(shape: Shape): number {
  const weights = touchpointsOf(shape).map((name) => entryOf(shape, name).weight);
  return Math.max(1, ...weights.filter((weight): weight is number => typeof weight === 'number' && weight > 0));
}

const LEVELS = ['expectation', 'believed', 'standard', 'promised'] as const;

/** Levels expected, believed, set and promised here on 1..5, as marks and in words. */
function Standards({ shape, name }: { shape: Shape; name: string }) {
  const entry = { ...entryOf(shape, name) };
  entry.expectation ??= shape.expectation;
  const levels = LEVELS.flatMap((level) => {
    const value = entry[level];
    return typeof value === 'number' && value >= 1 && value <= 5 ? [{ level, value }] : [];
  });
  if (levels.length === 0) return null;
  return (
    <span className="standards small">
      <span className="standards-line" aria-hidden="true">
        {levels.map(({ level, value }) => (
          <i key={level} className={`standard-${level}`} style={{ left: `${((value - 1) / 4) * 100}%` }} />
        ))}
      </span>
      {levels.map(({ level, value }) => (
        <span key={level} className="standard">
          <i className={`standard-${level}`} aria-hidden="true" /> {t(`definition.${level}`)} {ratingText(value)}
        </span>
      ))}
    </span>
  );
}
