import { type RefObject, useEffect, useState } from 'react';

/** How far below the top of the document a list begins. */
export function useOffset(box: RefObject<HTMLElement | null>, isShown: boolean): number {
  const [offset, setOffset] = useState(0);
  useEffect(() => {
    if (!isShown) return;
    const measure = (): void => {
      const top = box.current?.getBoundingClientRect().top;
      if (top !== undefined) setOffset(Math.round(top + scrollY));
    };
    measure();
    const size = new ResizeObserver(measure);
    size.observe(document.body);
    return () => size.disconnect();
  }, [box, isShown]);
  return offset;
}
