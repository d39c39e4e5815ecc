import type { Activity } from '@touchstone/api';

/** Between the parts of a label. */
const BETWEEN = ' · ';

/** SQL of a step's label, over a row of `moments`. */
export function labelOf(activity: readonly Activity[]): string {
  const parts = activity.map((part) => `toString(${part})`);
  return parts.length === 1 ? parts[0]! : `concat(${parts.join(`, '${BETWEEN}', `)})`;
}

/** SQL that marks the labels that begin a run, for the names of an array. */
export function runStarts(labels: string): string {
  return `arrayMap((label, before, i) -> i = 1 OR label != before, ${labels}, arrayShiftRight(${labels}, 1), arrayEnumerate(${labels}))`;
}

/** Whether the labels are those of `where.variant`. */
export const isDefault = (activity: readonly Activity[], collapse: boolean) =>
  activity.length === 1 && activity[0] === 'touchpoint' && !collapse;
