import { z } from 'zod';
import type { ClickHouse } from '../engine/clickhouse.ts';

/**
 * Categories of the engine's functions that read nothing but their arguments. The others, among
 * them functions that an engine of a later version adds under a new category, are refused.
 */
const CATEGORIES = [
  'Aggregate Functions',
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Distance',
  'Encoding',
  'Financial',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Tuple',
  'Type Conversion',
  'URL',
] as const;

/** Functions of other categories that read nothing but their arguments either. */
const OTHERS = [
  'bar',
  'byteSize',
  'caseWithExpression',
  'formatReadableDecimalSize',
  'formatReadableQuantity',
  'formatReadableSize',
  'formatReadableTimeDelta',
  'identity',
  'isDecimalOverflow',
  'materialize',
  'runningDifference',
  'toTypeName',
  'transform',
];

/** The parser makes these of operators, and no list of functions has them. */
const OPERATORS = ['exists', 'lambda'];

const functionRow = z.object({
  name: z.string(),
  target: z.string(),
  categories: z.string(),
  isAggregate: z.coerce.boolean(),
  isCaseInsensitive: z.coerce.boolean(),
});
const nameRow = z.object({ name: z.string() });

/** Says of the name of a function whether a statement from outside may call it. */
export type IsAllowedFunction = (name: string) => boolean;

/** Finds among the functions of this engine those that read nothing but their arguments. */
export async function findAllowedFunctions(clickhouse: ClickHouse): Promise<IsAllowedFunction> {
  const [functions, combinators] = await Promise.all([
    clickhouse.query(
      `SELECT name, if(alias_to = '', name, alias_to) AS target, categories, is_aggregate AS isAggregate,
              case_insensitive AS isCaseInsensitive FROM system.functions`,
      {},
      functionRow,
    ),
    clickhouse.query('SELECT name FROM system.aggregate_function_combinators', {}, nameRow),
  ]);
  const allowed = new Set<string>([...CATEGORIES, ...OTHERS]);
  const categoryOf = new Map(functions.map(({ name, categories }) => [name, categories]));
  const isGood = (name: string) => allowed.has(name) || allowed.has(categoryOf.get(name) ?? '');
  const good = functions.filter(({ target }) => isGood(target));
  const names = new Set([...good.map(({ name }) => name), ...OPERATORS]);
  const caseless = new Set(good.filter((one) => one.isCaseInsensitive).map(({ name }) => name.toLowerCase()));
  const aggregates = new Set(good.filter((one) => one.isAggregate).map(({ name }) => name));
  const isKnown = (name: string) => names.has(name) || caseless.has(name.toLowerCase());
  const isCombined = (name: string): boolean =>
    aggregates.has(name) ||
    combinators.some(
      (combinator) => name.endsWith(combinator.name) && isCombined(name.slice(0, -combinator.name.length)),
    );
  return (name) => isKnown(name) || isCombined(name);
}
