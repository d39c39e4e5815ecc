import { periods } from './failure-rates.ts';

/** A choice of periods; `name` distinguishes several such choices on a page. */
export function Period({
  name,
  legend,
  days,
  onChoose,
}: {
  name: string;
  legend: string;
  /** Back from now; null is all time. */
  days: number | null;
  onChoose: (days: number | null) => void;
}) {
  return (
    <fieldset className="segments">
      <legend className="hidden">{legend}</legend>
      {periods.map((period) => (
        <label key={period.text}>
          <input type="radio" name={name} checked={days === period.days} onChange={() => onChoose(period.days)} />
          <span>{period.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
