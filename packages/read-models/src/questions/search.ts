import type { endpoints, Told } from '@touchstone/api';
import { journeyStatuses, stages } from '@touchstone/api/vocabulary';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { ask, type RowsContext } from './rows-context.ts';

export interface SearchAsked {
  readonly q: string;
  /** Most that are found of each kind. */
  readonly limit: number;
}

const journey = z.object({
  id: z.string(),
  customerId: z.string(),
  type: z.string(),
  status: z.enum(journeyStatuses),
});
const customer = z.object({ id: z.string(), stage: z.enum(stages) });
const touchpoint = z.object({ name: z.string(), moments: count });
const journeyType = z.object({ name: z.string(), journeys: count });

/** Ids by their beginning, which the order of customers serves; names by any part of them. */
export async function search(
  { q, limit }: SearchAsked,
  context: RowsContext,
): Promise<Told<typeof endpoints.searchAll>> {
  const params = { q, limit };
  const named = (column: string) => `positionCaseInsensitiveUTF8(${column}, {q:String}) > 0`;
  const [journeys, customers, touchpoints, types] = await Promise.all([
    ask(
      context,
      `SELECT journey_id AS id, customer_id AS customerId, type, status FROM {database:Identifier}.journeys FINAL
       WHERE startsWith(journey_id, {q:String}) ORDER BY id, customerId LIMIT {limit:UInt8}`,
      journey,
      params,
    ),
    ask(
      context,
      `SELECT customer_id AS id, toString(stage) AS stage FROM {database:Identifier}.customers FINAL
       WHERE startsWith(customer_id, {q:String}) ORDER BY id LIMIT {limit:UInt8}`,
      customer,
      params,
    ),
    ask(
      context,
      `SELECT toString(touchpoint) AS name, count() AS moments FROM {database:Identifier}.moments
       WHERE type = 'touchstone.moment.recorded.v1' AND ${named('touchpoint')}
       GROUP BY touchpoint ORDER BY moments DESC, name LIMIT {limit:UInt8}`,
      touchpoint,
      params,
    ),
    ask(
      context,
      `SELECT toString(type) AS name, count() AS journeys FROM {database:Identifier}.journeys FINAL
       WHERE type != '' AND ${named('type')} GROUP BY type ORDER BY journeys DESC, name LIMIT {limit:UInt8}`,
      journeyType,
      params,
    ),
  ]);
  return { journeys, customers, touchpoints, types };
}
