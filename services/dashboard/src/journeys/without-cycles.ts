/** A way from one node to another that so many journeys took. */
interface Way {
  readonly from: string;
  readonly to: string;
  readonly journeys: number;
}

/**
 * Parts ways that can be drawn from left to right from those that lead back. The most travelled are
 * kept first; a way leads back if it would close a circle with those that are kept.
 */
export function withoutCycles<Of extends Way>(
  ways: readonly Of[],
): { readonly onward: readonly Of[]; readonly back: readonly Of[] } {
  const next = new Map<string, string[]>();
  const reaches = (from: string, to: string): boolean => {
    const seen = new Set([from]);
    const waiting = [from];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (at === to) return true;
      for (const after of next.get(at) ?? []) {
        if (!seen.has(after)) waiting.push(after);
        seen.add(after);
      }
    }
    return false;
  };
  const onward: Of[] = [];
  const back: Of[] = [];
  for (const way of [...ways].sort((a, b) => b.journeys - a.journeys)) {
    if (reaches(way.to, way.from)) back.push(way);
    else {
      onward.push(way);
      next.set(way.from, [...(next.get(way.from) ?? []), way.to]);
    }
  }
  return { onward, back };
}
