import type { Paths } from '@touchstone/api';

export type Edge = Paths['edges'][number];

/**
 * The ways that carry the map: of each node the one that most journeys came by, and the one that
 * most went on by. They are laid out; all other ways are drawn between the places found.
 */
export function carryingWays(edges: readonly Edge[]): readonly Edge[] {
  const kept = new Set<Edge>();
  for (const name of ['from', 'to'] as const) {
    const most = new Map<string, Edge>();
    for (const edge of edges) {
      if (edge.from === edge.to) continue;
      const known = most.get(edge[name]);
      if (known === undefined || known.journeys < edge.journeys) most.set(edge[name], edge);
    }
    for (const edge of most.values()) kept.add(edge);
  }
  return edges.filter((edge) => kept.has(edge));
}

/** The share of all moves from moment to moment that the ways drawn at first make up. */
const SHARE_AT_FIRST = 0.9;

/** The carrying ways, and beside them the most frequent until most moves are drawn; or all. */
export function shownWays(edges: readonly Edge[], isAll: boolean): readonly Edge[] {
  if (isAll) return edges;
  const carrying = new Set(carryingWays(edges));
  const all = edges.reduce((sum, { count }) => sum + count, 0);
  let drawn = 0;
  const frequent = new Set<Edge>();
  for (const edge of edges) {
    if (drawn >= all * SHARE_AT_FIRST) break;
    drawn += edge.count;
    frequent.add(edge);
  }
  return edges.filter((edge) => carrying.has(edge) || frequent.has(edge));
}
