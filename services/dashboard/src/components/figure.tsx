import { t } from 'i18next';
import type { ReactNode } from 'react';
import { PageLink, type PagePath } from '../frame/links.tsx';
import { countText, percentText, scoreText, signedCountText, signedText } from '../i18n/format.ts';
import type { Changes } from '../selection/selection.ts';

/** Where the journeys, customers or promises behind a figure are listed. */
export interface Behind {
  readonly to: PagePath;
  readonly with: Changes;
}

/** A figure that opens what is behind it. */
export function Figure({
  behind,
  label,
  children,
}: {
  behind: Behind | undefined;
  label: string;
  children: ReactNode;
}) {
  if (behind === undefined) return <span className="figure">{children}</span>;
  return (
    <PageLink to={behind.to} with={behind.with} className="figure" title={t('figure.open', { what: label })}>
      {children}
    </PageLink>
  );
}

/** A count that opens what it counts; nothing is behind a zero. */
export function CountFigure({ n, behind, label }: { n: number; behind: Behind | undefined; label: string }) {
  return (
    <Figure behind={n === 0 ? undefined : behind} label={label}>
      {countText(n)}
    </Figure>
  );
}

/** A change against the period before. `isGood` says which direction is the better one. */
export function Change(props: {
  now: number | null;
  before: number | null | undefined;
  as: 'count' | 'points' | 'rate';
  better: 'more' | 'less' | 'neither';
}) {
  const { now, before, as, better } = props;
  if (now === null || before === null || before === undefined) return null;
  const change = now - before;
  const text = {
    count: () => signedCountText(change),
    points: () => signedText(change),
    rate: () => t('figure.points', { points: signedText(change * 100) }),
  }[as]();
  const isNothing = !/[1-9]/.test(text);
  const direction = isNothing || better === 'neither' ? 'same' : change > 0 === (better === 'more') ? 'good' : 'bad';
  const was = { count: String(before), points: scoreText(before), rate: percentText(before) }[as];
  return (
    <span className={`change change-${direction}`} title={t('figure.before', { value: was })}>
      <span aria-hidden="true">{isNothing ? '=' : change > 0 ? '▲' : '▼'}</span> {isNothing ? t('figure.same') : text}
    </span>
  );
}

/** One figure with its name, its change and a small drawing of its course. */
export function Tile(props: {
  name: string;
  value: ReactNode;
  change?: ReactNode;
  note?: ReactNode;
  behind?: Behind | undefined;
  children?: ReactNode;
}) {
  const { name, value, change, note, behind, children } = props;
  return (
    <section className="tile" aria-label={name}>
      <h2 className="tile-name">{name}</h2>
      <p className="tile-value">
        <Figure behind={behind} label={name}>
          {value}
        </Figure>
        {change}
      </p>
      {children}
      {note === undefined ? null : <p className="tile-note small muted">{note}</p>}
    </section>
  );
}

/** The course of a figure as a line, without axes; the report behind has the figures. */
export function Sparkline(props: {
  values: readonly (number | null)[];
  low?: number;
  high?: number;
  /** Where the marks of the time axis stand, 0..1. */
  marks?: readonly number[];
}) {
  const { values, low, high, marks = [] } = props;
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return <span className="sparkline" aria-hidden="true" />;
  const least = Math.min(low ?? Number.POSITIVE_INFINITY, ...known);
  const most = Math.max(high ?? Number.NEGATIVE_INFINITY, ...known);
  const x = (index: number): number => (index / (values.length - 1)) * 100;
  const y = (value: number): number => 26 - ((value - least) / (most - least || 1)) * 24;
  let line = '';
  let isOn = false;
  values.forEach((value, index) => {
    if (value !== null) line += `${isOn ? 'L' : 'M'}${x(index).toFixed(2)} ${y(value).toFixed(2)}`;
    isOn = value !== null;
  });
  return (
    <svg className="sparkline" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
      {[...new Set(marks)].map((at) => (
        <path key={at} className="sparkline-mark" d={`M${(at * 100).toFixed(2)} 0V28`} />
      ))}
      <path d={line} />
    </svg>
  );
}
