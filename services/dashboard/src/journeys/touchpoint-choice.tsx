import { t } from 'i18next';
import { ArrowLeft, ArrowRight, X } from 'lucide-react';
import { useId } from 'react';
import { useTitles } from '../data/titles.ts';
import { useKnownNames } from '../selection/known-names.ts';

/** Chooses one touchpoint of those that the system knows; one that it does not know stays. */
export function TouchpointChoice(props: { label: string; value: string; choose: (name: string) => void }) {
  const { label, value, choose } = props;
  const id = useId();
  const names = useTouchpointNames([value]);
  return (
    <span className="setting">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => choose(target.value)}>
        {names.map(({ name, text }) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </span>
  );
}

function useTouchpointNames(also: readonly string[]) {
  const { touchpoints } = useKnownNames();
  const titles = useTitles();
  const names = [...new Set([...also, ...touchpoints])].sort();
  return names.map((name) => ({ name, text: titles.touchpoint(name) ?? name }));
}

/** Touchpoints in an order: each can be moved and taken out, and another added. */
export function StepsEditor(props: {
  label: string;
  steps: readonly string[];
  least: number;
  most: number;
  choose: (steps: readonly string[]) => void;
}) {
  const { label, steps, least, most, choose } = props;
  const titles = useTitles();
  const id = useId();
  const further = useTouchpointNames([]).filter(({ name }) => !steps.includes(name));
  const swapped = (at: number): readonly string[] =>
    steps.map((step, index) => (index === at ? steps[at - 1]! : index === at - 1 ? steps[at]! : step));
  return (
    <div className="steps-editor">
      <span className="setting-name" id={id}>
        {label}
      </span>
      <ol aria-labelledby={id}>
        {steps.map((step, index) => {
          const name = titles.touchpoint(step) ?? step;
          return (
            <li key={`${index} ${step}`} className="chip">
              <bdi className="chip-value">{name}</bdi>
              {index === 0 ? null : (
                <button
                  type="button"
                  className="chip-remove"
                  aria-label={t('steps.earlier', { name })}
                  onClick={() => choose(swapped(index))}
                >
                  <ArrowLeft aria-hidden="true" />
                </button>
              )}
              {index === steps.length - 1 ? null : (
                <button
                  type="button"
                  className="chip-remove"
                  aria-label={t('steps.later', { name })}
                  onClick={() => choose(swapped(index + 1))}
                >
                  <ArrowRight aria-hidden="true" />
                </button>
              )}
              {steps.length <= least ? null : (
                <button
                  type="button"
                  className="chip-remove"
                  aria-label={t('steps.remove', { name })}
                  onClick={() => choose(steps.filter((_, place) => place !== index))}
                >
                  <X aria-hidden="true" />
                </button>
              )}
            </li>
          );
        })}
      </ol>
      {steps.length >= most || further.length === 0 ? null : (
        <select aria-label={t('steps.add')} value="" onChange={({ target }) => choose([...steps, target.value])}>
          <option value="">{t('steps.add')}</option>
          {further.map(({ name, text }) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

/** One of a few choices, by a list that opens. */
export function Choice(props: {
  label: string;
  value: string;
  choices: readonly { readonly value: string; readonly text: string }[];
  choose: (value: string) => void;
}) {
  const { label, value, choices, choose } = props;
  const id = useId();
  return (
    <span className="setting">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => choose(target.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </select>
    </span>
  );
}
