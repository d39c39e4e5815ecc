import { milliseconds } from './conditions.ts';

/**
 * What a row of `customers` means at `{now:Int64}`, as expressions: attitude and satisfaction are facts of the row, behaviour and silence pass with
 * time. A customer's own clock may be ahead of now, and then it is what counts, as in a single answer. `purchaseMs`: the parameter with
 * policy.loyalty.purchaseDays.
 */
export function loyaltyAtNow(purchaseMs: string): { readonly loyalty: string; readonly quietlyLeaving: string } {
  const clock = `greatest({now:Int64}, ${milliseconds('last_at')})`;
  const behaviour = `ifNull(${milliseconds('nth_last_purchase_at')} > ${clock} - {${purchaseMs}:Float64}, false)`;
  const silentSince = `greatest(${milliseconds('last_moment_at')}, ifNull(${milliseconds('last_purchase_at')}, 0))`;
  return {
    loyalty: `multiIf(attitude AND ${behaviour}, 'true', attitude, 'latent', ${behaviour}, 'spurious', 'none')`,
    quietlyLeaving: `(satisfied AND ifNull(${clock} - ${silentSince} > silence_ms, false))`,
  };
}
