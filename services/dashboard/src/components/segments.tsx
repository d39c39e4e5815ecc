import { type ReactNode, useId } from 'react';

/** One of a few choices, side by side; `null` is all of them. */
export function Segments<Name extends string | null>(props: {
  label: string;
  names: readonly Name[];
  chosen: Name;
  textOf: (name: Name) => ReactNode;
  choose: (name: Name) => void;
}) {
  const { label, names, chosen, textOf, choose } = props;
  const id = useId();
  return (
    <fieldset className="segments segments-wrap">
      <legend className="hidden">{label}</legend>
      {names.map((name) => (
        <label key={name ?? ''}>
          <input type="radio" name={id} checked={name === chosen} onChange={() => choose(name)} />
          <span>{textOf(name)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** One of several choices, in a list that opens. */
export function Choice<Name extends string>(props: {
  label: string;
  names: readonly Name[];
  chosen: Name;
  textOf: (name: Name) => string;
  choose: (name: Name) => void;
}) {
  const { label, names, chosen, textOf, choose } = props;
  const id = useId();
  return (
    <span className="choice">
      <label htmlFor={id} className="small muted">
        {label}
      </label>
      <select id={id} value={chosen} onChange={({ target: { value } }) => choose(value as Name)}>
        {names.map((name) => (
          <option key={name} value={name}>
            {textOf(name)}
          </option>
        ))}
      </select>
    </span>
  );
}
