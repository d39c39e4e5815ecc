/** One value that two definitions have otherwise; undefined where one does not have it. */
export interface Difference {
  /** Names from the outside in, such as `touchpoints`, `payment.approved`, `weight`. */
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** The places where two values of JSON differ. Lists of texts are compared whole. */
export function differencesOf(before: unknown, after: unknown, path: readonly string[] = []): readonly Difference[] {
  if (isFields(before) && isFields(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differencesOf(own(before, name), own(after, name), [...path, name]));
  }
  if (isListOfFields(before) && isListOfFields(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, at) => at).flatMap((at) =>
      differencesOf(before[at], after[at], [...path, String(at + 1)]),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfFields = (value: unknown): value is readonly Fields[] => Array.isArray(value) && value.every(isFields);
const own = (fields: Fields, name: string): unknown => (Object.hasOwn(fields, name) ? fields[name] : undefined);
