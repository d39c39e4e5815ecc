import { t } from 'i18next';
import { ArrowLeft, ArrowRight, X } from 'lucide-react';
import { useId } from 'react';
import { Choice } from '../components/segments.tsx';
import { useTitles } from '../data/titles.ts';
import { useKnownNames } from '../selection/known-names.ts';

/** Chooses one touchpoint of those that the system knows; one that it does not know stays. */
export function TouchpointChoice(props: { label: string; value: string; choose: (name: string) => void }) {
  const { label, value, choose } = props;
  const titles = useTitles();
  return (
    <Choice
      label={label}
      names={useTouchpointNames([value])}
      chosen={value}
      textOf={(name) => titles.touchpoint(name) ?? name}
      choose={choose}
    />
  );
}

function useTouchpointNames(also: readonly string[]): readonly string[] {
  const { touchpoints } = useKnownNames();
  return [...new Set([...also, ...touchpoints])].sort();
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
  const further = useTouchpointNames([]).filter((name) => !steps.includes(name));
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
          {further.map((name) => (
            <option key={name} value={name}>
              {titles.touchpoint(name) ?? name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
