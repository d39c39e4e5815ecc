import { milliseconds } from '../engine/sql-time.ts';

/**
 * SQL expressions of a customer's loyalty at `{now:Int64}`: attitude and satisfaction are in the
 * row, behaviour and silence depend on the time. If the customer's own clock is ahead of now it
 * counts instead, as in a single answer; `purchaseMs` names the parameter with
 * policy.loyalty.purchaseDays in ms.
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
