import type { Clock } from '@touchstone/api';
import type { Address } from '../selection/address.ts';
import { type Period, periodIn } from '../selection/selection.ts';
import { useAnswer } from './use-answer.ts';

/** The product's now; undefined until it is known. Historical data have a now of their own. */
export function useNow(): string | undefined {
  return useAnswer<Clock>('/v1/clock').data?.now;
}

/** The period that the address means; null until the product's now is known. */
export function usePeriod(address: Address): Period | null {
  const now = useNow();
  return now === undefined ? null : periodIn(address, now);
}
