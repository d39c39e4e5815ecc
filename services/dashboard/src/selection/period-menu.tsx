import { DAY_MS } from '@touchstone/api/vocabulary';
import { t } from 'i18next';
import { CalendarRange } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type FormEvent, useId } from 'react';
import { usePeriod } from '../data/use-now.ts';
import { useAddress } from '../frame/links.tsx';
import { currentTimeZone, dayText } from '../i18n/format.ts';
import { DEFAULT_LAST, lastChoices, type Period } from './selection.ts';
import { useChangeAddress } from './selection-bar.tsx';

export function periodText(period: Period): string {
  const { last, from, to } = period;
  const known = lastChoices.find((choice) => choice === last);
  if (known !== undefined) return t(`period.${known}`);
  if (last !== null) return t('period.last', { duration: last.replace(/^P(T?)/, '').toLowerCase() });
  if (from === null) return t('period.until', { to: dayText(to ?? 0) });
  if (to === null) return t('period.since', { from: dayText(from) });
  return t('period.dates', { from: dayText(from), to: dayText(Date.parse(to) - 1) });
}

/** Which span of time the page looks at, in whose time zone, and whether with the span before. */
export function PeriodMenu({ isTaken, isCompared }: { isTaken: boolean; isCompared: boolean }) {
  const address = useAddress();
  const period = usePeriod(address);
  const change = useChangeAddress();
  const compares = address.compare !== 'off';
  return (
    <Popover.Root>
      <Popover.Trigger className={`tool-button ${isTaken ? '' : 'chip-idle'}`}>
        <CalendarRange aria-hidden="true" />
        {period === null ? '…' : periodText(period)}
        {isTaken ? null : <em className="chip-note">{t('selection.notApplied')}</em>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu period-menu" align="start" sideOffset={6} collisionPadding={8}>
          <fieldset className="period-choices">
            <legend className="menu-title">{t('period.title')}</legend>
            {lastChoices.map((last) => (
              <label key={last} className="menu-item">
                <input
                  type="radio"
                  name="last"
                  checked={period?.last === last}
                  onChange={() =>
                    change({ last: last === DEFAULT_LAST ? undefined : last, from: undefined, to: undefined })
                  }
                />
                {t(`period.${last}`)}
              </label>
            ))}
          </fieldset>
          <Dates period={period} apply={(from, to) => change({ last: undefined, from, to })} />
          {isCompared ? (
            <label className="menu-item">
              <input
                type="checkbox"
                checked={compares}
                onChange={() => change({ compare: compares ? 'off' : undefined })}
              />
              {t('period.compare')}
            </label>
          ) : null}
          <TimeZone />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** A span of whole days, both of them in it. */
function Dates({ period, apply }: { period: Period | null; apply: (from: string, to: string | undefined) => void }) {
  const from = useId();
  const to = useId();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const [first, last] = [String(form.get('from')), String(form.get('to'))];
    if (first === '') return;
    const after = last === '' ? undefined : new Date(Date.parse(`${last}T00:00:00Z`) + DAY_MS).toISOString();
    apply(new Date(`${first}T00:00:00Z`).toISOString(), after);
  };
  const dayOf = (instant: string | null | undefined, offMs = 0): string =>
    instant === null || instant === undefined || period?.last !== null
      ? ''
      : new Date(Date.parse(instant) + offMs).toISOString().slice(0, 10);
  return (
    <form className="period-dates" onSubmit={submit}>
      <label htmlFor={from}>{t('period.from')}</label>
      <input id={from} name="from" type="date" defaultValue={dayOf(period?.from)} />
      <label htmlFor={to}>{t('period.to')}</label>
      <input id={to} name="to" type="date" defaultValue={dayOf(period?.to, -1)} />
      <button type="submit">{t('period.apply')}</button>
    </form>
  );
}

function TimeZone() {
  const change = useChangeAddress();
  const id = useId();
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set([currentTimeZone(), own, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
  return (
    <div className="period-zone">
      <label htmlFor={id}>{t('period.timeZone')}</label>
      <select
        id={id}
        value={currentTimeZone()}
        onChange={({ target: { value } }) => change({ timeZone: value === own ? undefined : value })}
      >
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </select>
    </div>
  );
}
