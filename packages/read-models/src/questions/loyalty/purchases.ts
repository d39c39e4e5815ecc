import { DAY_MS } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { milliseconds, timeParameter } from '../../engine/sql-time.ts';
import { EPSILON } from '../../queries/conditions.ts';
import { loyaltyAtNow } from '../../queries/loyalty-at-now.ts';
import { ask, type RowsContext } from '../rows-context.ts';

export const IS_PURCHASE = "type = 'touchstone.purchase.made.v1'";

/** Length of the period that purchases are looked at unless told, ms. */
export const YEAR_MS = 365 * DAY_MS;

/** Below this S a customer is dissatisfied. */
const DISSATISFIED = 60;
export const IS_DISSATISFIED = `(satisfaction <= ${DISSATISFIED} - ${EPSILON})`;

/** SQL that tells of a row of `customers` whether they are satisfied and silent for too long. */
export const IS_QUIETLY_LEAVING = loyaltyAtNow('purchaseMs').quietlyLeaving;

/** SQL of the ids of customers with a complaint that is open. */
export const WITH_OPEN_COMPLAINT =
  'SELECT customer_id FROM {database:Identifier}.complaints FINAL WHERE resolved_at IS NULL';

/** A customer is of a tier while those before them bring less than this share of the total. */
const BORDERS = { A: 0.8, B: 0.95 } as const;

/**
 * SQL of the customers with purchases in a currency in [from, to): `customer_id`, `amount` and
 * `tier`, from the largest amount. Binds `currency`, `from`, `to`.
 */
export const TIERED = `(SELECT customer_id, amount,
    multiIf(before < ${BORDERS.A} * total, 'A', before < ${BORDERS.B} * total, 'B', 'C') AS tier
  FROM (SELECT customer_id, amount, sum(amount) OVER () AS total, sum(amount) OVER (ORDER BY amount DESC, customer_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - amount AS before
    FROM (SELECT customer_id, sum(assumeNotNull(amount)) AS amount FROM {database:Identifier}.moments
      WHERE ${IS_PURCHASE} AND currency = {currency:String} AND time >= ${timeParameter('from')} AND time < ${timeParameter('to')}
      GROUP BY customer_id)))`;

/** The currency and the period of purchases; the currency is null where there are none. */
export interface Period {
  readonly currency: string | null;
  readonly from: number;
  readonly to: number;
}

/** The last 365 days, and the currency with most purchases in the period, then by its text. */
export async function periodOf(
  asked: {
    readonly currency?: string | undefined;
    readonly from?: number | undefined;
    readonly to?: number | undefined;
  },
  context: RowsContext,
): Promise<Period> {
  const [from, to] = [asked.from ?? context.now - YEAR_MS, asked.to ?? context.now];
  if (asked.currency !== undefined) return { currency: asked.currency, from, to };
  const [most] = await ask(
    context,
    `SELECT toString(currency) AS currency FROM {database:Identifier}.moments
     WHERE ${IS_PURCHASE} AND time >= ${timeParameter('from')} AND time < ${timeParameter('to')}
     GROUP BY currency ORDER BY count() DESC, currency LIMIT 1`,
    z.object({ currency: z.string() }),
    { from, to },
  );
  return { currency: most?.currency ?? null, from, to };
}

/** SQL of ms since 1970 of the customer's last scored moment. */
export const LAST_MOMENT = milliseconds('last_moment_at');
