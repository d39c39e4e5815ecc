import type { Address } from '../selection/address.ts';
import { flagNames } from '../selection/filter-texts.ts';
import { filtersIn, type Period, spanParameters } from '../selection/selection.ts';

/**
 * The selection of an address as the `where` of a question's body. A value that is no number and no
 * flag goes as it is, so that the API says what is wrong with it.
 */
export function whereIn(address: Address, period: Pick<Period, 'from' | 'to'>): Readonly<Record<string, unknown>> {
  const where: Record<string, unknown> = { ...spanParameters(period) };
  const attributes: Record<string, string> = {};
  for (const { name, value } of filtersIn(address)) {
    if (name.startsWith('attribute.')) attributes[name.slice('attribute.'.length)] = value;
    else where[name] = bodyValue(name, value);
  }
  return Object.keys(attributes).length === 0 ? where : { ...where, attributes };
}

function bodyValue(name: string, value: string): string | number | boolean {
  if (flagNames.includes(name) && /^(?:true|false)$/.test(value)) return value === 'true';
  const isScore = name === 'minScore' || name === 'maxScore';
  return isScore && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
