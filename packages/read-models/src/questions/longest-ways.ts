import type { Breakdown, Matcher } from '@touchstone/api';
import { breakdownOf, type Cases, type CasesAsked, matches, type QuestionContext } from './cases.ts';

export interface FunnelAsked extends CasesAsked {
  readonly steps: readonly Matcher[];
  /** ms */
  readonly within?: number | undefined;
  readonly order: 'eventual' | 'strict';
  readonly exclude: readonly Matcher[];
  readonly breakdown?: Breakdown | undefined;
  readonly groupsMax: number;
}

/**
 * SQL of the longest way of each case that reaches a step: `value` of its group, `reached` steps,
 * their `times`, and whether the case `is_waiting`: some way of it may still go on.
 */
export function longestWays(asked: FunnelAsked, context: QuestionContext, cases: Cases): string {
  const { steps, within, exclude, order } = asked;
  const { ofStep, ofJourney } = breakdownOf(asked.breakdown);
  const mask = maskOf(asked, cases);
  const source = cases.table({
    steps: { mask, ...(ofStep === undefined ? {} : { value_of_step: ofStep }) },
    // Only a strict funnel asks which step comes right after another.
    ...(order === 'strict' ? {} : { only: `${mask} != 0` }),
    value: ofJourney,
  });
  const isSimple = order === 'eventual' && within === undefined && exclude.length === 0;
  const [ways, first] = isSimple
    ? [firstWays(steps.length, source), 'place_1']
    : [allWays(asked, context, cases, source), 'best[1].2'];
  const value = ofStep !== undefined ? `value_of_step[${first}]` : ofJourney !== undefined ? 'value' : "''";
  return `(SELECT customer_id, journey_id, score, ${value} AS value, reached, times, is_waiting FROM ${ways} WHERE reached > 0)`;
}

/** SQL of a number with a bit for each step that a moment matches, and one for any exclusion. */
function maskOf({ steps, exclude, order }: FunnelAsked, { bind }: Cases): string {
  const excluded = order === 'strict' ? [] : exclude;
  const bits = [
    ...steps.map((step) => matches(step, bind)),
    ...(excluded.length === 0 ? [] : [excluded.map((each) => matches(each, bind)).join(' OR ')]),
  ];
  return `toUInt32(${bits.map((sql, bit) => `if(${sql}, ${2 ** bit}, 0)`).join(' + ')})`;
}

/**
 * Without a limit of time and exclusions no way is longer than that from the first start, and any
 * may go on while the journey is open.
 */
function firstWays(steps: number, source: string): string {
  const places = Array.from({ length: steps }, (_, step) => {
    if (step === 0) return 'arrayFirstIndex(m -> bitTest(m, 0), mask) AS place_1';
    const after = `arrayFirstIndex((m, i) -> bitTest(m, ${step}) AND i > place_${step}, mask, arrayEnumerate(mask))`;
    return `if(place_${step} = 0, 0, ${after}) AS place_${step + 1}`;
  });
  const all = places.map((_, step) => `place_${step + 1}`);
  return `(SELECT *, toUInt32(${all.map((place) => `(${place} != 0)`).join(' + ')}) AS reached,
      arraySlice([${all.map((place) => `at[${place}]`).join(', ')}], 1, reached) AS times,
      is_open AND reached < ${steps} AS is_waiting
    FROM (SELECT *, ${places.join(',\n      ')} FROM ${source}))`;
}

/**
 * Chains of links (time, place among the steps of the case) are built from the last step to the
 * first, by fills and shifts of whole arrays. A lambda that looked up other steps by their index
 * would copy the array of a case once for each of its steps.
 */
function allWays(
  { steps, within, order, exclude }: FunnelAsked,
  { now }: QuestionContext,
  { bind }: Cases,
  source: string,
) {
  const isStrict = order === 'strict';
  const isExcluding = !isStrict && exclude.length > 0;
  const last = steps.length - 1;
  const chains = [`arrayMap((t, i) -> [(t, i)], at, places) AS from_${last}`];
  for (let step = last - 1; step >= 0; step--) {
    const matching = `arrayMap((m, chain) -> if(bitTest(m, ${step + 1}), chain, []), mask, from_${step + 1})`;
    const nearest = isStrict ? matching : `arrayReverseFill(chain -> notEmpty(chain), ${matching})`;
    const goesOn = isExcluding ? 'notEmpty(chain) AND NOT (e != 0 AND e < chain[1].2)' : 'notEmpty(chain)';
    chains.push(
      `arrayMap((t, i, chain${isExcluding ? ', e' : ''}) -> if(${goesOn}, arrayPushFront(chain, (t, i)), [(t, i)]),
         at, places, arrayShiftLeft(${nearest}, 1)${isExcluding ? ', next_excluded' : ''}) AS from_${step}`,
    );
  }
  const excluded = `arrayMap((m, i) -> if(bitTest(m, ${steps.length}), i, toUInt32(0)), mask, places)`;
  const exclusions = isExcluding
    ? `arrayMax(${excluded}) AS last_excluded, arrayShiftLeft(arrayReverseFill(i -> i != 0, ${excluded}), 1) AS next_excluded,`
    : '';
  const limit = within === undefined ? undefined : bind.number(within);
  const inTime = `arrayMap(chain -> arrayFilter(link -> link.1 - chain[1].1 <= ${limit}, chain), chains)`;
  const canGoOn = [
    `length(chain) < ${steps.length}`,
    ...(limit === undefined ? [] : [`${bind.number(now)} - chain[1].1 <= ${limit}`]),
    ...(isStrict ? ['chain[-1].2 = length(at)'] : isExcluding ? ['chain[-1].2 >= last_excluded'] : []),
  ];
  return `(SELECT *, arrayMap(link -> link.1, best) AS times,
      is_open AND reached < ${steps.length} AND arrayExists(chain -> ${canGoOn.join(' AND ')}, ways) AS is_waiting
    FROM (SELECT *, arrayEnumerate(mask) AS places, ${exclusions}
        ${chains.join(',\n        ')},
        arrayFilter((chain, m) -> bitTest(m, 0), from_0, mask) AS chains,
        ${limit === undefined ? 'chains' : inTime} AS ways,
        toUInt32(arrayMax(arrayMap(chain -> length(chain), ways))) AS reached,
        arrayFirst(chain -> length(chain) = reached, ways) AS best
      FROM ${source}))`;
}
