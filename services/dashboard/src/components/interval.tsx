import { t } from 'i18next';

type Tone = 'good' | 'bad' | 'plain';

interface Ends {
  readonly low: number | null;
  readonly high: number | null;
}

interface OnScale extends Ends {
  readonly value: number | null;
  readonly from: number;
  readonly to: number;
  readonly line?: number | null;
  readonly tone?: Tone;
}

/** Whether more than chance has a value above a line, which is good, or below it. */
export function toneBeside(line: number | null, { low, high }: Ends): Tone {
  if (line === null || low === null || high === null) return 'plain';
  return low > line ? 'good' : high < line ? 'bad' : 'plain';
}

/** Head of a column of intervals: marks of their scale, from end to end. */
export function ScaleHead({ marks }: { marks: readonly (string | number)[] }) {
  return (
    <th scope="col" className="scale">
      <span className="hidden">{t('failing.interval')}</span>
      <span className="scale-ends" aria-hidden="true">
        {marks.map((mark) => (
          <span key={mark}>{mark}</span>
        ))}
      </span>
    </th>
  );
}

/** A value with its interval as a cell of such a column, for screen readers in words. */
export function IntervalCell({ textOf, ...shown }: OnScale & { textOf: (value: number) => string }) {
  const { low, high } = shown;
  return (
    <td className="scale">
      <Interval {...shown} />
      {low === null || high === null ? null : (
        <span className="hidden">{t('failing.from', { low: textOf(low), high: textOf(high) })}</span>
      )}
    </td>
  );
}

/** A value with its interval on a scale, and a line where the scale has its middle or its goal. */
export function Interval(props: OnScale) {
  const { value, low, high, from, to, line = null, tone = 'plain' } = props;
  if (value === null) return <span className="interval" aria-hidden="true" />;
  const at = (x: number): number => Math.max(0, Math.min(100, ((x - from) / (to - from || 1)) * 100));
  return (
    <span className={`interval interval-${tone}`} aria-hidden="true">
      {line === null ? null : <i className="interval-line" style={{ left: `${at(line)}%` }} />}
      {low === null || high === null ? null : (
        <i className="interval-span" style={{ left: `${at(low)}%`, width: `${at(high) - at(low)}%` }} />
      )}
      <i className="interval-value" style={{ left: `${at(value)}%` }} />
    </span>
  );
}
