import { useRouter } from '@tanstack/react-router';
import { type RefObject, useEffect } from 'react';
import { currentPlace, enter, indexOf, keepInPlace } from './places.ts';

/** How long a page may take to reach its former length. */
const patienceMs = 8000;
/** A page that has not grown for this long is complete. */
const stillMs = 700;
const restMs = 120;

/**
 * Treats another page like another document: it starts at its top and receives the focus. A page to
 * which the reader returns scrolls to its former place once it is long enough; a filter within a
 * page moves nothing.
 */
export function usePlace(main: RefObject<HTMLElement | null>): void {
  const { history: entries } = useRouter();
  useEffect(() => {
    history.scrollRestoration = 'manual';
    let stop = arrive('return', main.current);
    const unsubscribe = entries.subscribe(({ location, action: { type } }) => {
      if (type === 'REPLACE') return;
      stop();
      keepInPlace({ scrollY });
      enter(indexOf(location.state), type === 'PUSH');
      stop = arrive(type === 'PUSH' ? 'push' : 'return', main.current);
    });
    return () => {
      unsubscribe();
      stop();
    };
  }, [entries, main]);
}

function arrive(how: 'push' | 'return', main: HTMLElement | null): () => void {
  const { scrollY: wanted = 0 } = currentPlace();
  if (how === 'push') main?.focus({ preventScroll: true });
  if (how === 'push' || wanted === 0) scrollTo(0, 0);
  if (how === 'push' || wanted === 0) return keepScroll();
  let stop = restore(wanted, () => {
    stop = keepScroll();
  });
  return () => stop();
}
/** Records the scroll position in the history whenever scrolling has stopped. */
function keepScroll(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onScroll = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => keepInPlace({ scrollY }), restMs);
  };
  const onLeave = (): void => keepInPlace({ scrollY });
  addEventListener('scroll', onScroll, { passive: true });
  // Covers leaving for another document, which no link of this page announces.
  addEventListener('pagehide', onLeave);
  return () => {
    clearTimeout(timer);
    removeEventListener('scroll', onScroll);
    removeEventListener('pagehide', onLeave);
  };
}

/**
 * Keeps the page at `wanted` while it grows, because content that arrives above would push it away.
 * Scrolling by the reader ends it.
 */
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
  // The observer also reports the present size.
  growth.observe(document.body);
  return stop;
}
