import { useEffect } from 'react';

/** How long a screen on the wall shows one part of the page. */
const PART_MS = 15_000;

/** Goes down the page by itself, a window at a time, and from its end to its top again. */
export function useWall(isWall: boolean): void {
  useEffect(() => {
    document.documentElement.classList.toggle('wall', isWall);
    if (!isWall) return;
    const timer = setInterval(() => {
      const isAtEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
      const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
      scrollTo({ top: isAtEnd ? 0 : scrollY + innerHeight * 0.9, behavior: isStill ? 'auto' : 'smooth' });
    }, PART_MS);
    return () => clearInterval(timer);
  }, [isWall]);
}
