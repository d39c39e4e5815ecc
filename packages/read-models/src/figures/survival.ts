/**
 * SQL of Kaplan and Meier's estimate: the share that is left after each of `ends`, an array of
 * pairs of ms and whether that is a cut-off, sorted, so that ends come before cut-offs of the same
 * time. After i of n it is (n − i) / n, times (n − j + 1) / (n − j) for each cut-off j: without
 * cut-offs it is exact, however many there are.
 */
function left(ends: string): string {
  // A captured array would be copied for each element, so lambdas get its length as an element.
  const counted = `arrayEnumerate(${ends}), arrayWithConstant(length(${ends}), length(${ends}))`;
  const kept = `arrayCumSum(arrayMap((end, i, n) -> if(end.2 AND i < n, log((n - i + 1) / (n - i)), 0.), ${ends}, ${counted}))`;
  return `arrayMap((end, i, n, kept) -> exp(kept) * if(end.2 AND i = n, 1, n - i) / n, ${ends}, ${counted}, ${kept})`;
}

/** SQL of the first time, ms, at which at most half are left; NULL where there is none. */
export function medianSurvival(ends: string): string {
  return `arrayFirstOrNull((ms, share) -> share <= 0.5 + 1e-12, arrayMap(end -> end.1, ${ends}), ${left(ends)})`;
}

/**
 * SQL of an array with the share that is left after each of these times, ms: NULL where nobody was
 * observed for that long, but 0 once everybody has ended.
 */
export function survivalAfter(ends: string, timesMs: readonly number[]): string {
  const shares = timesMs.map((ms) => {
    const passed = `arrayCount(end -> end.1 <= ${ms}, ${ends})`;
    const share = `if(${passed} = 0, 1., shares[${passed}])`;
    return `multiIf(empty(${ends}), NULL, (${ends})[-1].1 >= ${ms}, ${share}, NOT arrayExists(end -> end.2, ${ends}), 0., NULL)`;
  });
  return `arrayMap(shares -> [${shares.join(', ')}], [${left(ends)}])[1]`;
}
