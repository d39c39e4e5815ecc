import { type Address, parseAddress, writeAddress } from '../selection/address.ts';
import { carried, filtersIn, type Period } from '../selection/selection.ts';

/**
 * The selection beside the page's own, as `against` of the address says: `before` is the period
 * before, `all` leaves the filters out, `?…` is a whole selection, and anything else changes some
 * names of the page's own. Null: none, or there is no period before.
 */
export function otherSelection(address: Address, period: Period): Address | null {
  const { against } = address;
  if (against === undefined) return null;
  const { against: _, ...own } = address;
  if (against === 'before') {
    const { last: __, ...rest } = own;
    return period.before === null ? null : { ...rest, ...period.before };
  }
  if (against === 'all') return withoutSelection(own, (name) => !isOfPeriod(name));
  const given = parseAddress(against);
  if (!against.startsWith('?')) return { ...own, ...carried(given) };
  return { ...withoutSelection(own, () => true), ...carried(given) };
}

/** `against` for other values of some filters. */
export const againstChanged = (changes: Address): string => writeAddress(changes).slice(1);

/** `against` for a whole selection, such as that of a saved view. */
export const againstWhole = (selection: Address): string => `?${writeAddress(carried(selection)).slice(1)}`;

const isOfPeriod = (name: string): boolean => ['last', 'from', 'to', 'timeZone', 'compare'].includes(name);

function withoutSelection(address: Address, isLeftOut: (name: string) => boolean): Address {
  const selected = carried(address);
  return Object.fromEntries(Object.entries(address).filter(([name]) => !(name in selected && isLeftOut(name))));
}

/** The other answer of a selection's yes or no, if it has exactly one. */
export function restOf(address: Address): Address | null {
  const flags = filtersIn(address).filter(({ value }) => value === 'true' || value === 'false');
  const [only] = flags;
  if (flags.length !== 1 || only === undefined) return null;
  return { [only.name]: only.value === 'true' ? 'false' : 'true' };
}
