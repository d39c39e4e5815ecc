/** A value with its interval on a scale, and a line where the scale has its middle or its goal. */
export function Interval(props: {
  value: number | null;
  low: number | null;
  high: number | null;
  from: number;
  to: number;
  line?: number | null;
  tone?: 'good' | 'bad' | 'plain';
}) {
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
