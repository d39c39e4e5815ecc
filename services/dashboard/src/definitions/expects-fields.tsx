import { DAY_MS, deviationKinds } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { withPart } from './definition-form.tsx';
import { type Shape, touchpointsOf } from './draft.ts';
import { DurationField } from './duration-field.tsx';

type Change = (shape: Shape) => void;

/** Fields of the touchpoints that customers may expect after others, and by when. */
export function ExpectsFields({ shape, change }: { shape: Shape; change: Change }) {
  const names = touchpointsOf(shape);
  const { expects = [] } = shape;
  const set = (next: NonNullable<Shape['expects']>): void => change(withPart(shape, { expects: next }));
  const [first, second] = names;
  return (
    <>
      <h3>{t('definition.expects')}</h3>
      <p className="small muted">{t('definition.expectsWhy')}</p>
      <ul className="rule-fields">
        {expects.map((expected, at) => {
          const replace = (parts: Partial<typeof expected>): void =>
            set(expects.map((each, index) => (index === at ? { ...each, ...parts } : each)));
          return (
            <li key={at}>
              <NameField
                label={t('definition.after')}
                {...{ names }}
                value={expected.after}
                change={(after) => replace({ after })}
              />
              <NameField
                label={t('definition.follows')}
                {...{ names }}
                value={expected.touchpoint}
                change={(touchpoint) => replace({ touchpoint })}
              />
              <DurationField
                label={t('definition.withinLabel')}
                ms={expected.withinMs}
                change={(withinMs) => replace({ withinMs: withinMs ?? 0 })}
              />
              <label className="check">
                <input
                  type="checkbox"
                  checked={expected.counts !== false}
                  onChange={({ target }) => replace({ counts: target.checked })}
                />
                {t('definition.counts')}
              </label>
              <button type="button" onClick={() => set(expects.filter((_, index) => index !== at))}>
                {t('definition.remove')}
              </button>
            </li>
          );
        })}
      </ul>
      <button
        type="button"
        disabled={first === undefined || second === undefined}
        onClick={() => set([...expects, { after: first!, touchpoint: second!, withinMs: DAY_MS }])}
      >
        {t('definition.addExpected')}
      </button>
    </>
  );
}

/** Deviations from the steps that conformance does not count. */
export function AllowFields({ shape, change }: { shape: Shape; change: Change }) {
  const names = touchpointsOf(shape);
  const { allow = [] } = shape;
  const set = (next: NonNullable<Shape['allow']>): void => change(withPart(shape, { allow: next }));
  return (
    <>
      <h3>{t('definition.allow')}</h3>
      <p className="small muted">{t('definition.allowWhy')}</p>
      <ul className="rule-fields">
        {allow.map((allowed, at) => {
          const replace = (parts: Partial<typeof allowed>): void =>
            set(allow.map((each, index) => (index === at ? { ...each, ...parts } : each)));
          return (
            <li key={at}>
              <select
                aria-label={t('definition.deviation')}
                value={allowed.kind}
                onChange={({ target }) => replace({ kind: target.value as typeof allowed.kind })}
              >
                {deviationKinds.map((kind) => (
                  <option key={kind} value={kind}>
                    {t(`definitionDeviation.${kind}`)}
                  </option>
                ))}
              </select>
              <NameField
                label={t('definition.touchpoint')}
                {...{ names }}
                value={allowed.touchpoint}
                change={(touchpoint) => replace({ touchpoint })}
              />
              <button type="button" onClick={() => set(allow.filter((_, index) => index !== at))}>
                {t('definition.remove')}
              </button>
            </li>
          );
        })}
      </ul>
      <button
        type="button"
        disabled={names.length === 0}
        onClick={() => set([...allow, { kind: 'repeated', touchpoint: names[0]! }])}
      >
        {t('definition.addAllowed')}
      </button>
    </>
  );
}

function NameField(props: { label: string; names: readonly string[]; value: string; change: (name: string) => void }) {
  const { label, names, value, change } = props;
  return (
    <select aria-label={label} value={value} onChange={({ target }) => change(target.value)}>
      {names.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
