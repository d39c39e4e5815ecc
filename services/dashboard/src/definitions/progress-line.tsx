import { t } from 'i18next';
import { countText } from '../i18n/format.ts';

/** How far a trial or a rebuild has come along the log. */
export function ProgressLine(props: { label: string; position: string | null; target: string | null }) {
  const { label, position, target } = props;
  const share = shareOf(position, target);
  return (
    <div className="progress-line">
      <progress aria-label={label} {...(share === null ? {} : { value: share, max: 1 })} />
      <span className="small muted">
        {position === null || target === null
          ? label
          : t('definition.progress', { label, position: countText(position), target: countText(target) })}
      </span>
    </div>
  );
}

/** Positions may exceed what a number holds, their share does not. */
export function shareOf(position: string | null, target: string | null): number | null {
  const [at, end] = [Number(position ?? Number.NaN), Number(target ?? Number.NaN)];
  return Number.isFinite(at) && end > 0 ? Math.min(1, at / end) : null;
}
