import { Problem } from '@touchstone/runtime';

/** Only one trial or rebuild fills tables at a time. */
export function underWay(what: string, remedy: string): Problem {
  return new Problem('under_way', `${what} is under way: ${remedy}, then ask again.`);
}
