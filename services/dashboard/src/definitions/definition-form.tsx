import { t } from 'i18next';
import { type ReactNode, useId, useState } from 'react';
import { entryOf, type Shape, touchpointsOf } from './draft.ts';
import { DurationField } from './duration-field.tsx';
import { AllowFields, ExpectsFields } from './expects-fields.tsx';

type Change = (shape: Shape) => void;
type Entry = NonNullable<Shape['touchpoints']>[string];

/** A definition as fields, which write each change back as JSON at once. */
export function DefinitionForm({ shape, change, isNew }: { shape: Shape; change: Change; isNew: boolean }) {
  const names = touchpointsOf(shape);
  return (
    <div className="definition-form">
      <div className="definition-fields">
        <TextField
          label={t('definition.type')}
          value={shape.type}
          isFixed={!isNew}
          change={(type) => change({ ...shape, type: type ?? '' })}
        />
        <TextField
          label={t('definition.title')}
          value={shape.title}
          change={(title) => change(withPart(shape, { title }))}
        />
        <NumberField
          label={t('definition.expectation')}
          value={shape.expectation}
          range={[1, 5]}
          change={(expectation) => change(withPart(shape, { expectation }))}
        />
        <NumberField
          label={t('definition.abandonAfterDays')}
          value={shape.abandonAfterDays}
          range={[0, 36_500]}
          change={(abandonAfterDays) => change(withPart(shape, { abandonAfterDays }))}
        />
      </div>
      <h3>{t('definition.touchpoints')}</h3>
      <p className="small muted">{t('definition.touchpointsWhy')}</p>
      <ul className="touchpoint-fields">
        {names.map((name) => (
          <li key={name}>
            <TouchpointFields shape={shape} name={name} change={change} />
          </li>
        ))}
      </ul>
      <AddTouchpoint add={(name) => change(withPart(shape, { steps: [...new Set([...(shape.steps ?? []), name])] }))} />
      <ExpectsFields shape={shape} change={change} />
      <AllowFields shape={shape} change={change} />
    </div>
  );
}

/** A definition with other parts; one that is undefined, or an empty list, is left out. */
export function withPart(shape: Shape, parts: Partial<{ [Key in keyof Shape]: Shape[Key] | undefined }>): Shape {
  const entries = Object.entries({ ...shape, ...parts });
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  ) as Shape;
}

function TouchpointFields({ shape, name, change }: { shape: Shape; name: string; change: Change }) {
  const entry = entryOf(shape, name);
  const { steps = [], completesOn = [] } = shape;
  const at = steps.indexOf(name);
  const set = (parts: Partial<{ [Key in keyof Entry]: Entry[Key] | undefined }>): void => {
    const next = Object.fromEntries(Object.entries({ ...entry, ...parts }).filter(([, value]) => value !== undefined));
    change(withPart(shape, { touchpoints: { ...shape.touchpoints, [name]: next } }));
  };
  const move = (by: number): void => {
    const others = steps.filter((step) => step !== name);
    change(withPart(shape, { steps: [...others.slice(0, at + by), name, ...others.slice(at + by)] }));
  };
  const toggled = (list: readonly string[]): string[] =>
    list.includes(name) ? list.filter((each) => each !== name) : [...list, name];
  return (
    <details>
      <summary>
        <span className="number muted">{at < 0 ? '·' : at + 1}</span> <strong>{entry.title || name}</strong>{' '}
        {entry.title ? <span className="small muted id">{name}</span> : null}
      </summary>
      <div className="tools touchpoint-tools">
        {at < 0 ? null : (
          <>
            <button type="button" disabled={at === 0} onClick={() => move(-1)}>
              {t('definition.earlier')}
            </button>
            <button type="button" disabled={at === steps.length - 1} onClick={() => move(1)}>
              {t('definition.later')}
            </button>
          </>
        )}
        <Check
          label={t('definition.isStep')}
          isOn={at >= 0}
          change={() => change(withPart(shape, { steps: toggled(steps) }))}
        />
        <Check
          label={t('definition.completes')}
          isOn={completesOn.includes(name)}
          change={() => change(withPart(shape, { completesOn: toggled(completesOn) }))}
        />
        <Check
          label={t('definition.critical')}
          isOn={entry.critical === true}
          change={() => set({ critical: entry.critical === true ? undefined : true })}
        />
        <button type="button" onClick={() => change(without(shape, name))}>
          {t('definition.remove')}
        </button>
      </div>
      <div className="definition-fields">
        <TextField label={t('definition.title')} value={entry.title} change={(title) => set({ title })} />
        <NumberField label={t('definition.weight')} value={entry.weight} change={(weight) => set({ weight })} />
        <Field label={t('definition.target')}>
          <DurationField label={t('definition.target')} ms={entry.targetMs} change={(targetMs) => set({ targetMs })} />
        </Field>
        {(['expectation', 'standard', 'promised', 'believed'] as const).map((level) => (
          <NumberField
            key={level}
            label={t(`definition.${level}`)}
            value={entry[level]}
            range={[1, 5]}
            change={(value) => set({ [level]: value })}
          />
        ))}
      </div>
    </details>
  );
}

/** The definition without a touchpoint, wherever it is named. */
function without(shape: Shape, name: string): Shape {
  const { [name]: _, ...touchpoints } = shape.touchpoints ?? {};
  const isOther = (each: string): boolean => each !== name;
  return withPart(shape, {
    steps: shape.steps?.filter(isOther),
    completesOn: shape.completesOn?.filter(isOther),
    touchpoints: shape.touchpoints === undefined ? undefined : touchpoints,
    expects: shape.expects?.filter(({ after, touchpoint }) => isOther(after) && isOther(touchpoint)),
    allow: shape.allow?.filter(({ touchpoint }) => isOther(touchpoint)),
  });
}

function AddTouchpoint({ add }: { add: (name: string) => void }) {
  const [name, setName] = useState('');
  const id = useId();
  return (
    <form
      className="tools"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === '') return;
        add(name.trim());
        setName('');
      }}
    >
      <label htmlFor={id}>{t('definition.newTouchpoint')}</label>
      <input id={id} value={name} maxLength={128} onChange={({ target }) => setName(target.value)} />
      <button type="submit">{t('definition.add')}</button>
    </form>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="field">
      <span className="small muted">{label}</span>
      {children}
    </div>
  );
}

function TextField(props: {
  label: string;
  value: string | undefined;
  isFixed?: boolean;
  change: (value: string | undefined) => void;
}) {
  const { label, value, isFixed = false, change } = props;
  return (
    <label className="field">
      <span className="small muted">{label}</span>
      <input
        value={value ?? ''}
        readOnly={isFixed}
        onChange={({ target }) => change(target.value === '' ? undefined : target.value)}
      />
    </label>
  );
}

function NumberField(props: {
  label: string;
  value: number | undefined;
  range?: readonly [number, number];
  change: (value: number | undefined) => void;
}) {
  const { label, value, range, change } = props;
  return (
    <label className="field">
      <span className="small muted">{label}</span>
      <input
        type="number"
        step="any"
        min={range?.[0]}
        max={range?.[1]}
        value={typeof value === 'number' ? value : ''}
        onChange={({ target }) => change(target.value === '' ? undefined : Number(target.value))}
      />
    </label>
  );
}

function Check({ label, isOn, change }: { label: string; isOn: boolean; change: () => void }) {
  return (
    <label className="check">
      <input type="checkbox" checked={isOn} onChange={change} />
      {label}
    </label>
  );
}
