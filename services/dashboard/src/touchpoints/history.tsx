import type { FailureRate } from '@touchstone/api';
import { t } from 'i18next';
import { percentText, shortTimeText } from '../i18n/format.ts';
import { scaleEnd } from '../overview/rate-order.ts';
import type { Span } from './backtest-span.ts';

const [WIDTH, HEIGHT] = [1000, 160];

interface Drawn {
  readonly severity: 'page' | 'ticket';
  readonly began: string;
  readonly ended: string | null;
}

/**
 * Failure rates as bars with their intervals, the allowed rate as a line, and alerts as bands. The
 * table below has the alerts in words.
 */
export function History(props: {
  rates: readonly FailureRate[];
  alerts: readonly Drawn[];
  span: Span;
  allowed: number | null;
}) {
  const { rates, alerts, span, allowed } = props;
  const [from, to] = [Date.parse(span.from), Date.parse(span.to)];
  const x = (at: string | null): number => {
    const part = at === null ? 1 : (Date.parse(at) - from) / (to - from);
    return Math.max(0, Math.min(1, part)) * WIDTH;
  };
  const end = Math.max(scaleEnd(rates), allowed === null ? 0 : Math.min(1, allowed * 2));
  const y = (rate: number): number => HEIGHT - (Math.min(rate, end) / end) * (HEIGHT - 8);
  const starts = rates.map(({ bucket }) => bucket);
  return (
    <figure className="history" aria-hidden="true">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {alerts.map(({ severity, began, ended }) => (
          <rect
            key={`${severity} ${began}`}
            className={`history-${severity}`}
            x={x(began)}
            width={Math.max(2.5, x(ended) - x(began))}
            y={severity === 'page' ? 0 : HEIGHT / 2}
            height={severity === 'page' ? HEIGHT : HEIGHT / 2}
          />
        ))}
        {rates.map(({ bucket, rate, low, high }, index) => {
          const left = x(bucket);
          const width = Math.max(0, x(starts[index + 1] ?? span.to) - left);
          if (rate === null || low === null || high === null) return null;
          return (
            <g key={bucket}>
              <rect
                className="history-rate"
                x={left + width * 0.12}
                width={width * 0.76}
                y={y(rate)}
                height={HEIGHT - y(rate)}
              />
              <path className="history-interval" d={`M${left + width / 2} ${y(low)}V${y(high)}`} />
            </g>
          );
        })}
        {allowed === null ? null : <path className="history-allowed" d={`M0 ${y(allowed)}H${WIDTH}`} />}
      </svg>
      <figcaption className="river-axis small muted">
        <span>{shortTimeText(from)}</span>
        <span>{t('backtest.scale', { end: percentText(end) })}</span>
        <span>{shortTimeText(to)}</span>
      </figcaption>
    </figure>
  );
}
