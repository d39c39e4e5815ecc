import { t } from 'i18next';
import { useId } from 'react';
import { weekdayText } from '../i18n/format.ts';
import { stageText } from '../i18n/words.ts';
import { useKnownNames } from '../selection/known-names.ts';
import { type Draft, type Kind, lossStages, WEEK } from './drafts.ts';

interface Fields {
  readonly draft: Draft;
  readonly change: (field: string, value: string) => void;
}

/** The fields of an objective, a heartbeat or a watch. */
export function AlertFields({ kind, ...fields }: Fields & { kind: Kind }) {
  const { touchpoints, channels, types } = useKnownNames();
  switch (kind) {
    case 'objective':
      return (
        <>
          <Field name="touchpoint" {...fields} known={touchpoints} isRequired />
          <Field name="channel" {...fields} known={channels} />
          <Field name="journeyType" {...fields} known={types} />
          <Field name="team" {...fields} />
          <Field name="objective" {...fields} type="number" min="50" max="99.999" step="any" isRequired />
          <Field name="windowDays" {...fields} type="number" min="1" max="90" isRequired />
          <Field name="minMoments" {...fields} type="number" min="1" isRequired />
          <Field name="minFailures" {...fields} type="number" min="1" isRequired />
          <Field name="notify" {...fields} />
        </>
      );
    case 'heartbeat':
      return (
        <>
          <Field name="touchpoint" {...fields} known={touchpoints} isRequired />
          <Field name="channel" {...fields} known={channels} />
          <Field name="silentAfter" {...fields} isRequired />
          <Days {...fields} />
          {fields.draft.days === '' ? null : (
            <>
              <Field name="from" {...fields} type="time" isRequired />
              <Field name="to" {...fields} type="time" isRequired />
              <Field name="timeZone" {...fields} known={Intl.supportedValuesOf('timeZone')} isRequired />
            </>
          )}
        </>
      );
    case 'watch':
      return (
        <>
          <Stage {...fields} />
          <Field name="within" {...fields} isRequired />
          <Field name="atLeast" {...fields} type="number" min="1" isRequired />
          <Field name="rate" {...fields} type="number" min="0" max="99.999" step="any" />
        </>
      );
  }
}

type FieldName =
  | 'touchpoint'
  | 'channel'
  | 'journeyType'
  | 'team'
  | 'objective'
  | 'windowDays'
  | 'minMoments'
  | 'minFailures'
  | 'notify'
  | 'silentAfter'
  | 'from'
  | 'to'
  | 'timeZone'
  | 'within'
  | 'atLeast'
  | 'rate';

function Field(
  props: Fields & {
    name: FieldName;
    known?: readonly string[];
    isRequired?: boolean;
    type?: 'number' | 'time';
    min?: string;
    max?: string;
    step?: string;
  },
) {
  const { name, draft, change, known, isRequired = false, ...input } = props;
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{t(`field.${name}`)}</label>
      <input
        id={id}
        required={isRequired}
        value={draft[name] ?? ''}
        onChange={({ target }) => change(name, target.value)}
        {...(known === undefined ? {} : { list: `${id}-known` })}
        {...input}
      />
      {known === undefined ? null : (
        <datalist id={`${id}-known`}>
          {known.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** Days of the week, of which none means all the time. */
function Days({ draft, change }: Fields) {
  const chosen = draft.days ?? '';
  // The 5th of January 1970 was a Monday.
  const nameOf = (day: string): string => weekdayText(Date.UTC(1970, 0, 4 + Number(day)));
  return (
    <>
      <span>{t('field.days')}</span>
      <fieldset className="days">
        <legend className="hidden">{t('field.days')}</legend>
        {[...WEEK].map((day) => (
          <label key={day} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(day)}
              onChange={() => change('days', chosen.includes(day) ? chosen.replace(day, '') : chosen + day)}
            />
            {nameOf(day)}
          </label>
        ))}
      </fieldset>
    </>
  );
}

function Stage({ draft, change }: Fields) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{t('field.stage')}</label>
      <select id={id} value={draft.stage} onChange={({ target }) => change('stage', target.value)}>
        {lossStages.map((stage) => (
          <option key={stage} value={stage}>
            {stageText(stage)}
          </option>
        ))}
      </select>
    </>
  );
}
