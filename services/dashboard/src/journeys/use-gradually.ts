import { startTransition, useEffect, useState } from 'react';

/** How many of `all` pieces to draw by now: one more a frame, anew for each `of`. */
export function useGradually(all: number, of: object): number {
  const [drawn, setDrawn] = useState({ of, n: 1 });
  const n = drawn.of === of ? drawn.n : 1;
  useEffect(() => {
    if (n >= all) return;
    const frame = requestAnimationFrame(() => startTransition(() => setDrawn({ of, n: n + 1 })));
    return () => cancelAnimationFrame(frame);
  }, [n, all, of]);
  return Math.min(n, all);
}
