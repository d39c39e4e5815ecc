import { deviationKinds } from '@touchstone/api';

/** Kinds of deviations in SQL: their places in this list. */
export const KINDS = deviationKinds;
const kind = (name: (typeof KINDS)[number]) => `toUInt8(${KINDS.indexOf(name)})`;

/** SQL of what the deviations of a case depend on. */
interface Case {
  /** Array of the touchpoints of its steps. */
  readonly touchpoints: string;
  /** Array of the places of these among the steps of its type, from 1; 0 for others. */
  readonly places: string;
  /** The steps of its type, an array. */
  readonly steps: string;
  readonly isOpen: string;
  /** Array of deviations that do not count. */
  readonly allowed: string;
}

/**
 * SQL of the deviations of a case: pairs of kind and touchpoint, each once. `WITH` names are
 * avoided: the expressions stand where lambdas may not capture the arrays of a case.
 */
export function deviationsOf({ touchpoints, places, steps, isOpen, allowed }: Case): string {
  const first = `arrayMap(i -> indexOf(${places}, i), arrayEnumerate(${steps}))`;
  const times = `arrayMap(i -> countEqual(${places}, i), arrayEnumerate(${steps}))`;
  // Whether any later step of the type has a moment.
  const later = `arrayShiftLeft(arrayReverse(arrayCumSum(arrayReverse(${first}))), 1)`;
  const found = (name: (typeof KINDS)[number], condition: string) =>
    `arrayMap(step -> (${kind(name)}, step), arrayFilter((step, f, n, l, i) -> ${condition}, ${steps}, ${first}, ${times}, ${later}, arrayEnumerate(${steps})))`;
  const all = [
    `arrayMap(step -> (${kind('unexpected')}, step), arrayDistinct(arrayFilter((step, i) -> i = 0, ${touchpoints}, ${places})))`,
    found('repeated', 'n > 1'),
    found('missing', `f = 0 AND (NOT ${isOpen} OR l > 0)`),
    found(
      'out-of-order',
      `f > 0 AND arrayExists((g, j) -> j > i AND g > 0 AND g < f, ${first}, arrayEnumerate(${first}))`,
    ),
  ];
  return `arrayFilter(deviation -> NOT has(${allowed}, deviation), arrayConcat(${all.join(', ')}))`;
}

/** The type of a deviation in SQL, for bound values. */
export const DEVIATION = 'Tuple(UInt8, String)';

export const deviationPair = ({
  kind,
  touchpoint,
}: {
  readonly kind: (typeof KINDS)[number];
  readonly touchpoint: string;
}) => [KINDS.indexOf(kind), touchpoint] as const;
