import { Info } from 'luxon';

/** Names that occur in times → their meaning; lower case, without a final point. */
export interface TimeNames {
  /** 1 to 12. */
  readonly months: ReadonlyMap<string, number>;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlyMap<string, number>;
  /** 0 before noon, 12 after noon. */
  readonly halves: ReadonlyMap<string, number>;
}

/**
 * Long and short names of a language.
 * @throws RangeError for an unknown language.
 */
export function timeNames(locale: string): TimeNames {
  const names = known.get(locale) ?? namesOf(locale);
  known.set(locale, names);
  return names;
}

const known = new Map<string, TimeNames>();

function namesOf(locale: string): TimeNames {
  if (!isLocale(locale))
    throw new RangeError(`"${locale}" is no language that is known; write one such as en, de or pt-BR`);
  const options = { locale };
  const months = new Map<string, number>();
  const weekdays = new Map<string, number>();
  for (const length of ['long', 'short'] as const) {
    for (const names of [Info.months(length, options), Info.monthsFormat(length, options)]) {
      names.forEach((name, index) => void months.set(plain(name), index + 1));
    }
    // Luxon's week begins on Monday.
    for (const names of [Info.weekdays(length, options), Info.weekdaysFormat(length, options)]) {
      names.forEach((name, index) => void weekdays.set(plain(name), (index + 1) % 7));
    }
  }
  if (locale.startsWith('en')) months.set('sept', 9);
  const [before = 'am', after = 'pm'] = Info.meridiems(options);
  const halves = new Map([
    ...['am', 'a.m', plain(before)].map((name) => [name, 0] as const),
    ...['pm', 'p.m', plain(after)].map((name) => [name, 12] as const),
  ]);
  return { months, weekdays, halves };
}

function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf([locale]).length > 0;
  } catch {
    return false;
  }
}

/** The form in which names are looked up. */
export const plain = (name: string) => name.toLowerCase().replace(/\.$/, '').replace(/\s+/g, ' ');
