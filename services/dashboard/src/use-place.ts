import { type RefObject, useEffect } from 'react';
import { currentPlace, keepInPlace, latestMove } from './router.tsx';

/** How long a page may take to become as long again as it was. */
const patienceMs = 8000;
/** It is whole once it has not grown for so long. */
const stillMs = 700;
const restMs = 120;

/**
 * Another page is announced like another document: from its top, with the focus on it. A page to which somebody returns stands where
 * it was left, as soon as it is long enough again. A filter within a page moves nothing.
 */
export function usePlace(address: string, main: RefObject<HTMLElement | null>): void {
  // The address is what the effect waits for.
  useEffect(() => {
    history.scrollRestoration = 'manual';
    const how = latestMove();
    const { scrollY: wanted = 0 } = currentPlace();
    if (how === 'push') main.current?.focus({ preventScroll: true });
    if (how === 'push' || (how === 'return' && wanted === 0)) scrollTo(0, 0);
    if (how !== 'return' || wanted === 0) return keepScroll();
    let stop = restore(wanted, () => {
      stop = keepScroll();
    });
    return () => stop();
  }, [address, main]);
}

/** Notes in the history where the page stands, whenever it has come to rest there. */
function keepScroll(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onScroll = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => keepInPlace({ scrollY }), restMs);
  };
  const onLeave = (): void => keepInPlace({ scrollY });
  addEventListener('scroll', onScroll, { passive: true });
  // To another document, which no link of this page announces.
  addEventListener('pagehide', onLeave);
  return () => {
    clearTimeout(timer);
    removeEventListener('scroll', onScroll);
    removeEventListener('pagehide', onLeave);
  };
}

/** Holds the page at `wanted` while it grows: what comes in above would push it away. The reader's own hand ends it. */
function restore(wanted: number, onDone: () => void): () => void {
  const byHand = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const;
  const stop = (): void => {
    growth.disconnect();
    clearTimeout(timer);
    clearTimeout(still);
    for (const name of byHand) removeEventListener(name, done);
  };
  const done = (): void => {
    stop();
    onDone();
  };
  let still: ReturnType<typeof setTimeout> | undefined;
  const attempt = (): void => {
    scrollTo(0, wanted);
    clearTimeout(still);
    if (Math.abs(scrollY - wanted) < 2) still = setTimeout(done, stillMs);
  };
  const growth = new ResizeObserver(attempt);
  const timer = setTimeout(done, patienceMs);
  for (const name of byHand) addEventListener(name, done, { passive: true });
  // It reports the size that there is already, too.
  growth.observe(document.body);
  return stop;
}
