import type { Activity } from '@touchstone/api';
import { z } from 'zod';
import { count } from '../engine/answer-fields.ts';
import { decodeCursor, encodeCursor, PAGE_LIMIT } from '../queries/cursor.ts';
import { type Cases, type CasesAsked, casesOf, type DefinitionAsked, type QuestionContext } from './cases.ts';
import { DEVIATION, deviationPair, deviationsOf } from './deviations.ts';
import type { PageAsked } from './journeys-behind.ts';
import { isDefault, labelOf, runStarts } from './labels.ts';
import { variantOf } from './select-journeys.ts';

export interface VariantsAsked extends CasesAsked, PageAsked {
  readonly activity: readonly Activity[];
  readonly collapse: boolean;
}

/** Labels of a variant that an answer shows. */
export const LABELS_SHOWN = 100;

const answerRow = z.object({
  variant: z.string().nullable(),
  labels: z.array(z.string()),
  length: count,
  count,
  medianMs: z.number().nullable(),
  meanScore: z.number().nullable(),
  failures: count,
  ended: count,
  conforming: count.nullable(),
  cases: count,
  variants: count,
});

export interface Variants {
  readonly cases: number;
  readonly variants: number;
  readonly items: readonly (Omit<z.output<typeof answerRow>, 'cases' | 'variants'> & { readonly share: number })[];
  readonly nextCursor: string | null;
}

const SORT = '-count';

/**
 * The different sequences of labels, the most frequent first.
 * @throws ReadModelError `invalid` for a foreign cursor.
 */
export async function variants(asked: VariantsAsked, context: QuestionContext): Promise<Variants> {
  const { limit = PAGE_LIMIT, cursor, activity, collapse } = asked;
  // Counts change with each event, so a page begins at a place in the list and not after a row.
  const offset = cursor === undefined ? 0 : Math.max(0, decodeCursor(SORT, 0, cursor).value ?? 0);
  const cases = casesOf(asked, context);
  const { conforms, hasSteps, place } = conforming(context.definitions, cases);
  const source = cases.table({
    // Without steps of any definition nothing reads touchpoints and places, which take memory.
    steps: {
      labels_of_steps: labelOf(activity),
      ...(conforms === NEVER ? {} : { touchpoints: 'toString(touchpoint)', places: place }),
    },
  });
  const sequence = collapse
    ? `arrayFilter((label, is_counted) -> is_counted, labels_of_steps, ${runStarts('labels_of_steps')})`
    : 'labels_of_steps';
  const rows = await cases.query(
    `SELECT ${isDefault(activity, collapse) ? variantOf('all_labels') : 'NULL'} AS variant,
       arraySlice(all_labels, 1, ${LABELS_SHOWN}) AS labels, length(all_labels) AS length, number AS count, medianMs, meanScore,
       failures, ended, if(stepped = 0, NULL, conformed) AS conforming,
       sum(number) OVER () AS cases, count() OVER () AS variants
     FROM (SELECT any(sequence) AS all_labels, count() AS number, quantileExactInclusive(0.5)(at[-1] - at[1]) AS medianMs,
         avg(score) AS meanScore, countIf(failures > 0) AS failures, countIf(NOT is_open) AS ended,
         countIf(${hasSteps}) AS stepped, countIf(NOT is_open AND ${conforms}) AS conformed
       FROM (SELECT *, ${sequence} AS sequence FROM ${source})
       GROUP BY sipHash128(sequence))
     ORDER BY number DESC, all_labels LIMIT {limit:UInt32} OFFSET {offset:UInt64}`,
    answerRow,
    { limit: limit + 1, offset },
  );
  const totals = rows[0] ?? (offset === 0 ? { cases: 0, variants: 0 } : await totalsOf(asked, context));
  const items = rows.slice(0, limit).map(({ cases: all, variants: _, ...row }) => ({ ...row, share: row.count / all }));
  const nextCursor = rows.length > limit ? encodeCursor(SORT, { value: offset + limit, key: [] }) : null;
  return { cases: totals.cases, variants: totals.variants, items, nextCursor };
}

/** The totals beyond the end of the list. */
async function totalsOf(asked: VariantsAsked, context: QuestionContext) {
  const { cases, variants: all } = await variants({ ...asked, cursor: undefined, limit: 1 }, context);
  return { cases, variants: all };
}

/** No definition has steps that a case could conform to. */
const NEVER = 'false';

/** Between a type and a touchpoint of it; no name has it. */
const BETWEEN = '\0';

/**
 * SQL that tells whether a case conforms to the steps of its type, and whether that has any; and of
 * the place of a step among those of its type, over a row of `moments`.
 */
export function conforming(definitions: ReadonlyMap<string, DefinitionAsked>, { bind }: Cases) {
  const defined = [...definitions].filter(([, { steps = [] }]) => steps.length > 0);
  if (defined.length === 0) return { conforms: NEVER, hasSteps: NEVER, place: 'toUInt16(0)' };
  const ofType = (part: (definition: DefinitionAsked) => unknown, type: string) => {
    const values = Object.fromEntries(defined.map(([name, definition]) => [name, part(definition)]));
    return `(${bind.json(values, `Map(String, ${type})`)})[type]`;
  };
  const steps = ofType((definition) => definition.steps, 'Array(String)');
  const allowed = ofType(({ allow = [] }) => allow.map(deviationPair), `Array(${DEVIATION})`);
  const all = defined.flatMap(([type, { steps: its = [] }]) =>
    its.map((touchpoint, at) => [`${type}${BETWEEN}${touchpoint}`, at + 1] as const),
  );
  const names = bind.json(
    all.map(([name]) => name),
    'Array(String)',
  );
  const numbers = bind.json(
    all.map(([, at]) => at),
    'Array(UInt16)',
  );
  const place = `transform(concat(journey_type, ${bind.text(BETWEEN)}, touchpoint), ${names}, ${numbers}, toUInt16(0))`;
  const deviations = deviationsOf({
    ...{ touchpoints: 'touchpoints', places: 'places', steps, isOpen: 'is_open', allowed },
  });
  return { conforms: `(notEmpty(${steps}) AND empty(${deviations}))`, hasSteps: `notEmpty(${steps})`, place };
}
