import { DAY_MS, HOUR_MS, MINUTE_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { useState } from 'react';

const UNITS = { days: DAY_MS, hours: HOUR_MS, minutes: MINUTE_MS, seconds: 1000, milliseconds: 1 } as const;
type Unit = keyof typeof UNITS;
const units = Object.keys(UNITS) as Unit[];

/** A length of time, as a number of the largest unit that it is a multiple of. */
export function DurationField(props: {
  label: string;
  ms: number | undefined;
  change: (ms: number | undefined) => void;
}) {
  const { label, ms, change } = props;
  const [unit, setUnit] = useState<Unit>(
    () => units.find((each) => ms !== undefined && ms % UNITS[each] === 0) ?? 'days',
  );
  return (
    <span className="duration-field">
      <input
        type="number"
        min={0}
        step="any"
        aria-label={label}
        value={ms === undefined ? '' : ms / UNITS[unit]}
        onChange={({ target: { value } }) => change(value === '' ? undefined : Math.round(Number(value) * UNITS[unit]))}
      />
      <select
        aria-label={t('definition.unitOf', { label })}
        value={unit}
        onChange={({ target }) => {
          const next = target.value as Unit;
          // The number stays, and means the other unit from now on.
          if (ms !== undefined) change(Math.round((ms / UNITS[unit]) * UNITS[next]));
          setUnit(next);
        }}
      >
        {units.map((each) => (
          <option key={each} value={each}>
            {t(`definition.${each}`)}
          </option>
        ))}
      </select>
    </span>
  );
}
