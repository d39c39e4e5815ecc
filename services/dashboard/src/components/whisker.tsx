import { t } from 'i18next';
import { percentText } from '../i18n/format.ts';

/** A rate as a bar with its interval, on a scale from 0 to `end`; a tick where it should end. */
export function Whisker(props: {
  rate: number | null;
  low: number | null;
  high: number | null;
  end: number;
  allowed?: number | null;
}) {
  const { rate, low, high, end, allowed = null } = props;
  if (rate === null || low === null || high === null) return null;
  const percent = (value: number): string => `${Math.min(100, (value / end) * 100)}%`;
  return (
    <span
      className="whisker"
      aria-hidden="true"
      title={t('failing.from', { low: percentText(low), high: percentText(high) })}
    >
      <i className="whisker-bar" style={{ width: percent(rate) }} />
      <i className="whisker-line" style={{ left: percent(low), width: percent(high - low) }} />
      {allowed === null || allowed > end ? null : <i className="whisker-allowed" style={{ left: percent(allowed) }} />}
    </span>
  );
}
